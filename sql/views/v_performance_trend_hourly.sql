-- How each operation went, hour by hour, over the last week.
-- Grain: one row per operation and UTC hour with at least one call; an hour without a row had none.
-- Window: the 168 whole hours before the hour of the reference time, and that hour up to the reference time.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_performance_trend_hourly as
with hours as (
    select
        metrics.operation_id,
        date_trunc('hour', metrics.started_at, 'UTC') as hour_at,
        count(*) as n_calls,
        sum(metrics.duration_us) filter (where metrics.error is null)::double precision
        / count(*) filter (where metrics.error is null) as mean_us,
        percentile_cont(array[0.5, 0.99]) within group (order by metrics.duration_us)
        filter (where metrics.error is null) as percentiles_us
    from oplatency.metrics as metrics
    where
        -- as scalar subqueries the bounds are evaluated once and leave out whole partitions
        metrics.started_at
        >= (select date_trunc('hour', oplatency.reference_time(), 'UTC') - interval '168 hours')
        and metrics.started_at < (select oplatency.reference_time())
    group by metrics.operation_id, date_trunc('hour', metrics.started_at, 'UTC')
)

select
    operation_types.name as operation_type,
    hours.hour_at,
    hours.n_calls as execution_count,
    hours.mean_us / 1000 as avg_ms,
    hours.percentiles_us[1] / 1000 as p50_ms,
    hours.percentiles_us[2] / 1000 as p99_ms
from hours
inner join oplatency.operation_types as operation_types on hours.operation_id = operation_types.operation_id
order by operation_types.name, hours.hour_at;
comment on view oplatency.v_performance_trend_hourly is
'Each operation by UTC hour over the last 7 days. Counts hold every call, times only calls without an error.';
comment on column oplatency.v_performance_trend_hourly.operation_type is 'Operation.';
comment on column oplatency.v_performance_trend_hourly.hour_at is 'Start of the UTC hour that the calls started in.';
comment on column oplatency.v_performance_trend_hourly.execution_count is 'Calls, those with an error included.';
comment on column oplatency.v_performance_trend_hourly.avg_ms is
'Mean duration in milliseconds; null = every call failed, as for the other times.';
comment on column oplatency.v_performance_trend_hourly.p50_ms is
'Median duration in milliseconds; exact, linear interpolation.';
comment on column oplatency.v_performance_trend_hourly.p99_ms is
'99th percentile of durations in milliseconds; exact, linear interpolation.';
