-- The zone in which pgGit's times without an offset are meant, for this transaction.
select set_config('TimeZone', %(zone)s, true) as zone;
