-- Exact percentiles of every tracked operation over the look-back window; calls with an error stay out.
-- Grain: one row per operation. Window: [window_start, window_end). Re-run: reads only.
select
    operations.operation_id,
    operations.name,
    operations.category,
    operations.alert_threshold,
    count(*) as n_calls,
    count(distinct date_trunc('hour', metrics.started_at, 'UTC')) as hours_covered,
    min(metrics.duration_us) as min_us,
    (percentile_cont(array[0.5, 0.75, 0.9, 0.95, 0.99]) within group (order by metrics.duration_us)) as percentiles_us,
    max(metrics.duration_us) as max_us,
    avg(metrics.duration_us)::double precision as mean_us,
    coalesce(stddev_samp(metrics.duration_us), 0)::double precision as sd_us
from oplatency.metrics as metrics
inner join oplatency.operation_types as operations on metrics.operation_id = operations.operation_id
where
    metrics.started_at >= %(window_start)s
    and metrics.started_at < %(window_end)s
    and metrics.error is null
    and operations.is_tracked
group by operations.operation_id
order by operations.operation_id;
