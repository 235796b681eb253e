-- Trials of detection beyond their retention.
-- Grain: none. Window: as-ofs before before_at. Re-run: nothing left.
delete from oplatency.canary_trials
where as_of < %(before_at)s;
