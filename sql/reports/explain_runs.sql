-- The newest detection that covered an hour.
-- Grain: at most one row. Window: runs whose window holds the hour from hour_start on. Re-run: reads only.
select
    window_start,
    window_end,
    staged_at,
    published_at,
    config_hash
from oplatency.v_job_runs
where
    job = 'detect_anomalies'
    and status = 'published'
    and window_start <= %(hour_start)s
    and window_end >= %(hour_start)s::timestamptz + interval '1 hour'
    and (operation is null or operation = %(operation)s)
order by published_at desc
limit 1;
