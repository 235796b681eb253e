-- How each operation performs, beside the baseline that it is held to.
-- Grain: one row per operation with at least one stored call.
-- Window: everything stored; the status looks at the 24 hours before the reference time, [now - 24 h, now).
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_operation_performance_summary as
with calls as (
    select
        metrics.operation_id,
        count(*) as n_calls,
        sum(metrics.duration_us) filter (where metrics.error is null)::double precision
        / count(*) filter (where metrics.error is null) as mean_us,
        percentile_cont(array[0.5, 0.99]) within group (order by metrics.duration_us)
        filter (where metrics.error is null) as percentiles_us,
        min(metrics.duration_us) filter (where metrics.error is null) as min_us,
        max(metrics.duration_us) filter (where metrics.error is null) as max_us,
        max(metrics.started_at) as newest_at,
        -- a scalar subquery is evaluated once, a bare call of the function once a row
        max(metrics.duration_us) filter (
            where metrics.error is null
            and metrics.started_at >= (select oplatency.reference_time()) - interval '24 hours'
            and metrics.started_at < (select oplatency.reference_time())
        ) as slowest_of_day_us
    from oplatency.metrics as metrics
    group by metrics.operation_id
)

select
    operation_types.name as operation_type,
    calls.n_calls as execution_count,
    calls.mean_us / 1000 as avg_ms,
    calls.percentiles_us[1] / 1000 as p50_ms,
    calls.percentiles_us[2] / 1000 as p99_ms,
    calls.min_us::double precision / 1000 as min_ms,
    calls.max_us::double precision / 1000 as max_ms,
    calls.newest_at as last_execution_at,
    baselines.p99_us / 1000 as baseline_p99_ms,
    baselines.p99_us * baselines.alert_threshold / 1000 as limit_ms,
    case
        when baselines.p99_us is null then 'NO_BASELINE'
        when calls.slowest_of_day_us > baselines.p99_us * baselines.alert_threshold then 'VIOLATION'
        else 'OK'
    end as status
from calls
inner join oplatency.operation_types as operation_types on calls.operation_id = operation_types.operation_id
left join oplatency.active_baselines as baselines
    on calls.operation_id = baselines.operation_id and baselines.branch_id = 0
order by operation_types.name;
comment on view oplatency.v_operation_performance_summary is
'How each operation performs beside its baseline. Counts hold every call, times only calls without an error.';
comment on column oplatency.v_operation_performance_summary.operation_type is 'Operation.';
comment on column oplatency.v_operation_performance_summary.execution_count is
'Stored calls, those with an error included.';
comment on column oplatency.v_operation_performance_summary.avg_ms is
'Mean duration in milliseconds; null = every call failed, as for the other times.';
comment on column oplatency.v_operation_performance_summary.p50_ms is
'Median duration in milliseconds; exact, linear interpolation.';
comment on column oplatency.v_operation_performance_summary.p99_ms is
'99th percentile of durations in milliseconds; exact, linear interpolation.';
comment on column oplatency.v_operation_performance_summary.min_ms is 'Fastest call in milliseconds.';
comment on column oplatency.v_operation_performance_summary.max_ms is 'Slowest call in milliseconds.';
comment on column oplatency.v_operation_performance_summary.last_execution_at is
'Start of the newest call, with or without an error.';
comment on column oplatency.v_operation_performance_summary.baseline_p99_ms is
'p99 of the baseline in force over all branches, in milliseconds; null = it has none.';
comment on column oplatency.v_operation_performance_summary.limit_ms is
'Baseline p99 times the alert threshold, in milliseconds: slower is a violation; null = no baseline.';
comment on column oplatency.v_operation_performance_summary.status is
'NO_BASELINE, VIOLATION (a call of the last 24 hours was slower than limit_ms) or OK.';
