-- Lets this session go beside others of its purpose until it ends, but not beside one that wants to be the only one.
select
    set_config('lock_timeout', %(timeout)s, true),
    pg_advisory_lock_shared(hashtext(%(job)s));
