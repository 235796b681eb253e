-- The totals at the top of the dashboard.
-- Grain: exactly one row, also on an empty warehouse.
-- Window: everything stored; baselines are those in force at the reference time.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_performance_dashboard_summary as
with calls_by_operation as (
    -- one parallel pass answers three columns
    select
        metrics.operation_id,
        count(*) as n_calls,
        max(metrics.started_at) as newest_at
    from oplatency.metrics as metrics
    group by metrics.operation_id
),

calls as (
    select
        coalesce(sum(calls_by_operation.n_calls), 0)::bigint as n_calls,
        count(*) as n_operations,
        max(calls_by_operation.newest_at) as newest_at
    from calls_by_operation
),

open_alerts as (
    select
        count(*) as n_open,
        count(*) filter (where alerts.severity = 'CRITICAL') as n_critical
    from oplatency.alerts as alerts
    where alerts.acknowledged_at is null
)

select
    calls.n_calls as total_metrics,
    (select count(distinct spans.trace_id) from oplatency.spans as spans) as total_traces,
    (
        select count(*)
        from oplatency.active_baselines as active_baselines
        where active_baselines.branch_id = 0
    ) as active_baselines,
    open_alerts.n_open as unacknowledged_alerts,
    open_alerts.n_critical as critical_alerts,
    calls.n_operations as operation_types_seen,
    calls.newest_at as newest_metric_at,
    oplatency.reference_time() as reference_at
from calls
cross join open_alerts;
comment on view oplatency.v_performance_dashboard_summary is
'The totals at the top of the dashboard: one row. Calls that ended with an error are counted.';
comment on column oplatency.v_performance_dashboard_summary.total_metrics is 'Stored calls.';
comment on column oplatency.v_performance_dashboard_summary.total_traces is
'Stored traces; a trace is one or more spans.';
comment on column oplatency.v_performance_dashboard_summary.active_baselines is
'Operations that have a baseline over all branches at the reference time.';
comment on column oplatency.v_performance_dashboard_summary.unacknowledged_alerts is 'Alerts that nobody has taken.';
comment on column oplatency.v_performance_dashboard_summary.critical_alerts is
'Those of them that are CRITICAL: the rows of v_performance_alerts_critical.';
comment on column oplatency.v_performance_dashboard_summary.operation_types_seen is
'Operations with at least one stored call.';
comment on column oplatency.v_performance_dashboard_summary.newest_metric_at is
'Start of the newest stored call; null = no call is stored.';
comment on column oplatency.v_performance_dashboard_summary.reference_at is 'The instant that the views call now.';
