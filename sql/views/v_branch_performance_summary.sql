-- How work goes on each branch.
-- Grain: one row per branch with at least one stored call; calls whose branch is unknown share one row.
-- Window: everything stored.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_branch_performance_summary as
with calls as (
    select
        metrics.branch_id,
        count(*) as n_calls,
        count(distinct metrics.operation_id) as n_operations,
        sum(metrics.duration_us) filter (where metrics.error is null)::double precision
        / count(*) filter (where metrics.error is null) as mean_us,
        percentile_cont(0.99) within group (order by metrics.duration_us)
        filter (where metrics.error is null) as p99_us,
        max(metrics.started_at) as newest_at
    from oplatency.metrics as metrics
    group by metrics.branch_id
)

select
    branches.name as branch_name,
    calls.n_calls as operation_count,
    calls.n_operations as operation_types,
    calls.mean_us / 1000 as avg_ms,
    calls.p99_us / 1000 as p99_ms,
    calls.newest_at as last_operation_at
from calls
inner join oplatency.branches as branches on calls.branch_id = branches.branch_id
order by branches.name;
comment on view oplatency.v_branch_performance_summary is
'How work goes on each branch. Counts hold every call, times only calls without an error.';
comment on column oplatency.v_branch_performance_summary.branch_name is
'Branch; (unknown) where the source told none.';
comment on column oplatency.v_branch_performance_summary.operation_count is
'Stored calls, those with an error included.';
comment on column oplatency.v_branch_performance_summary.operation_types is 'Different operations among them.';
comment on column oplatency.v_branch_performance_summary.avg_ms is
'Mean duration in milliseconds, over all operations; null = every call failed.';
comment on column oplatency.v_branch_performance_summary.p99_ms is
'99th percentile of durations in milliseconds, over all operations; null = every call failed.';
comment on column oplatency.v_branch_performance_summary.last_operation_at is
'Start of the newest call, with or without an error.';
