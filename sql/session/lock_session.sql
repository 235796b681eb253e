-- Makes this session the only one of its purpose until it ends; waits longer than for other locks.
select
    set_config('lock_timeout', %(timeout)s, false),
    pg_advisory_lock(hashtext(%(job)s));
