-- Makes this transaction the only one that ingests anything of the days it touches; days in order, so that two loads
-- cannot wait for each other. Loads of different days run side by side.
with days as (
    select (hour_at at time zone 'UTC')::date - date '2000-01-01' as day_no
    from oplatency.staged_statistics
    where run_token = %(run_token)s and hour_at is not null
    union
    select (oplatency.parse_instant(started_at, %(assume_tz)s) at time zone 'UTC')::date - date '2000-01-01'
    from oplatency.staged_rows
    where run_token = %(run_token)s and problem is null and kind is not null
),

sorted_days as materialized (
    select day_no
    from days
    order by day_no
)

select
    set_config('lock_timeout', %(timeout)s, true) as lock_timeout,
    (
        select count(pg_advisory_xact_lock(hashtext('oplatency:ingest'), day_no))
        from sorted_days
    ) as n_days;
