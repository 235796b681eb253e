-- How operations went of which only aggregates are known, hour by hour.
-- Grain: one row per source, operation, branch and UTC hour in which an interval ended.
-- Window: everything stored.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_statement_aggregates as
with hours as (
    select
        intervals.source,
        intervals.operation_id,
        intervals.branch_id,
        -- the end is exclusive: what ends at the full hour belongs to the hour before
        date_trunc('hour', intervals.interval_end - interval '1 microsecond', 'UTC') as hour_at,
        min(intervals.interval_start) as first_start,
        max(intervals.interval_end) as last_end,
        sum(intervals.n_calls)::bigint as n_calls,
        sum(intervals.total_us) as total_us,
        sum(intervals.total_us) / sum(intervals.n_calls)::double precision as mean_us
    from oplatency.aggregate_intervals as intervals
    group by
        intervals.source,
        intervals.operation_id,
        intervals.branch_id,
        date_trunc('hour', intervals.interval_end - interval '1 microsecond', 'UTC')
),

deviations as (
    select
        hours.source,
        hours.operation_id,
        hours.branch_id,
        hours.hour_at,
        -- squares within the intervals, and between their means: no difference of two large numbers
        sqrt(
            sum(intervals.n_calls * (intervals.sd_us ^ 2 + (intervals.mean_us - hours.mean_us) ^ 2)) / hours.n_calls
        ) as sd_us
    from hours
    inner join oplatency.aggregate_intervals as intervals
        on
            hours.source = intervals.source
            and hours.operation_id = intervals.operation_id
            and hours.branch_id = intervals.branch_id
            and hours.hour_at = date_trunc('hour', intervals.interval_end - interval '1 microsecond', 'UTC')
    group by hours.source, hours.operation_id, hours.branch_id, hours.hour_at, hours.n_calls
)

select
    hours.source,
    operation_types.name as operation_type,
    branches.name as branch_name,
    hours.hour_at,
    hours.first_start,
    hours.last_end,
    hours.n_calls as calls,
    hours.mean_us / 1000 as mean_ms,
    deviations.sd_us / 1000 as sd_ms,
    hours.total_us / 1000000 as total_seconds
from hours
inner join deviations
    on
        hours.source = deviations.source
        and hours.operation_id = deviations.operation_id
        and hours.branch_id = deviations.branch_id
        and hours.hour_at = deviations.hour_at
inner join oplatency.operation_types as operation_types on hours.operation_id = operation_types.operation_id
inner join oplatency.branches as branches on hours.branch_id = branches.branch_id
order by hours.source, operation_types.name, branches.name, hours.hour_at;
comment on view oplatency.v_statement_aggregates is
'Aggregates, no samples: operations of pg_stat_statements by UTC hour. There can be no percentiles, baselines or findings.';
comment on column oplatency.v_statement_aggregates.source is 'Name of the source.';
comment on column oplatency.v_statement_aggregates.operation_type is 'Operation.';
comment on column oplatency.v_statement_aggregates.branch_name is 'Branch; (unknown) where the source declares none.';
comment on column oplatency.v_statement_aggregates.hour_at is 'Start of the UTC hour in which the intervals ended.';
comment on column oplatency.v_statement_aggregates.first_start is
'Since when the calls are counted; before hour_at where an interval is longer than what lies in the hour.';
comment on column oplatency.v_statement_aggregates.last_end is 'Until when the calls are counted, exclusive.';
comment on column oplatency.v_statement_aggregates.calls is 'Calls; those that failed are not known to the source.';
comment on column oplatency.v_statement_aggregates.mean_ms is 'Mean duration in milliseconds, of all these calls.';
comment on column oplatency.v_statement_aggregates.sd_ms is
'Standard deviation of the single durations in milliseconds, ddof 0, pooled over the intervals.';
comment on column oplatency.v_statement_aggregates.total_seconds is 'Sum of the durations in seconds.';
