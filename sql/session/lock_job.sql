-- Makes this transaction the only one of its job; waits longer than for other locks, because a publish may take a while.
select
    set_config('lock_timeout', %(timeout)s, true),
    pg_advisory_xact_lock(hashtext(%(job)s));
