-- The slowest calls of the last day.
-- Grain: one row per call, at most 50.
-- Window: calls that started in the 24 hours before the reference time, [now - 24 h, now).
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_slowest_operations_last_24h as
with slowest as (
    select
        metrics.operation_id,
        metrics.branch_id,
        metrics.user_id,
        metrics.started_at,
        metrics.duration_us,
        metrics.identity_hash
    from oplatency.metrics as metrics
    where
        metrics.error is null
        -- as scalar subqueries the bounds are evaluated once and leave out whole partitions
        and metrics.started_at >= (select oplatency.reference_time() - interval '24 hours')
        and metrics.started_at < (select oplatency.reference_time())
    -- the whole key breaks ties, so that the same 50 come back
    order by
        metrics.duration_us desc, metrics.started_at desc, metrics.operation_id asc, metrics.identity_hash asc
    limit 50
)

select
    operation_types.name as operation_type,
    slowest.duration_us::double precision / 1000 as duration_ms,
    users.name as user_name,
    branches.name as branch_name,
    slowest.started_at,
    extract(epoch from oplatency.reference_time() - slowest.started_at)::double precision / 3600 as hours_ago,
    baselines.p99_us / 1000 as baseline_p99_ms,
    100 * (slowest.duration_us - baselines.p99_us) / baselines.p99_us as percent_over_baseline
from slowest
inner join oplatency.operation_types as operation_types on slowest.operation_id = operation_types.operation_id
inner join oplatency.users as users on slowest.user_id = users.user_id
inner join oplatency.branches as branches on slowest.branch_id = branches.branch_id
left join oplatency.active_baselines as baselines
    on slowest.operation_id = baselines.operation_id and baselines.branch_id = 0
order by
    slowest.duration_us desc, slowest.started_at desc, slowest.operation_id asc, slowest.identity_hash asc;
comment on view oplatency.v_slowest_operations_last_24h is
'The 50 slowest calls without an error of the last 24 hours, slowest first.';
comment on column oplatency.v_slowest_operations_last_24h.operation_type is 'Operation that was called.';
comment on column oplatency.v_slowest_operations_last_24h.duration_ms is 'Duration of the call in milliseconds.';
comment on column oplatency.v_slowest_operations_last_24h.user_name is
'Who called it; (unknown) where the source told none.';
comment on column oplatency.v_slowest_operations_last_24h.branch_name is
'Branch it ran on; (unknown) where the source told none.';
comment on column oplatency.v_slowest_operations_last_24h.started_at is 'Start of the call.';
comment on column oplatency.v_slowest_operations_last_24h.hours_ago is
'Hours from the start of the call to the reference time.';
comment on column oplatency.v_slowest_operations_last_24h.baseline_p99_ms is
'p99 of the baseline in force over all branches, in milliseconds; null = it has none.';
comment on column oplatency.v_slowest_operations_last_24h.percent_over_baseline is
'How far duration_ms lies above baseline_p99_ms, in percent of it; negative = below, null = no baseline.';
