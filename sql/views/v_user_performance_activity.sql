-- Who calls what, and how long it takes.
-- Grain: one row per user with at least one stored call; calls whose user is unknown share one row.
-- Window: everything stored.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_user_performance_activity as
with calls_by_operation as (
    -- operations are counted from this, without a sort of the facts
    select
        metrics.user_id,
        metrics.operation_id,
        count(*) as n_calls,
        count(*) filter (where metrics.error is null) as n_timed,
        coalesce(sum(metrics.duration_us) filter (where metrics.error is null), 0) as total_us,
        max(metrics.started_at) as newest_at
    from oplatency.metrics as metrics
    group by metrics.user_id, metrics.operation_id
),

calls as (
    select
        calls_by_operation.user_id,
        sum(calls_by_operation.n_calls)::bigint as n_calls,
        count(*) as n_operations,
        sum(calls_by_operation.n_timed)::bigint as n_timed,
        sum(calls_by_operation.total_us)::double precision as total_us,
        max(calls_by_operation.newest_at) as newest_at
    from calls_by_operation
    group by calls_by_operation.user_id
),

alerts_by_user as (
    select
        alerts.user_id,
        count(*) as n_alerts
    from oplatency.alerts as alerts
    group by alerts.user_id
)

select
    users.name as user_name,
    calls.n_calls as operations,
    calls.n_operations as operation_types,
    calls.total_us / nullif(calls.n_timed, 0) / 1000 as avg_ms,
    calls.total_us / 1000000 as total_seconds,
    coalesce(alerts_by_user.n_alerts, 0) as alerts,
    calls.newest_at as last_operation_at
from calls
inner join oplatency.users as users on calls.user_id = users.user_id
left join alerts_by_user on calls.user_id = alerts_by_user.user_id
order by users.name;
comment on view oplatency.v_user_performance_activity is
'Who calls what, and how long it takes. Counts hold every call, times only calls without an error.';
comment on column oplatency.v_user_performance_activity.user_name is
'Person or service; (unknown) where the source told none.';
comment on column oplatency.v_user_performance_activity.operations is 'Stored calls, those with an error included.';
comment on column oplatency.v_user_performance_activity.operation_types is 'Different operations among them.';
comment on column oplatency.v_user_performance_activity.avg_ms is
'Mean duration in milliseconds; null = every call failed.';
comment on column oplatency.v_user_performance_activity.total_seconds is 'Sum of durations in seconds.';
comment on column oplatency.v_user_performance_activity.alerts is 'Alerts about calls of this user.';
comment on column oplatency.v_user_performance_activity.last_operation_at is
'Start of the newest call, with or without an error.';
