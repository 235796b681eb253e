-- Calls that broke the limit of their operation.
-- Grain: one row per call.
-- Window: everything stored.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_violations as
select
    operation_types.name as operation,
    branches.name as branch,
    violations.observed_at,
    violations.duration_us::double precision / 1000 as duration_ms,
    baselines.p99_us / 1000 as baseline_p99_ms,
    violations.limit_us / 1000 as limit_ms,
    violations.duration_us / baselines.p99_us as times_over_baseline,
    violations.severity,
    baselines.as_of as baseline_as_of
from oplatency.violations as violations
inner join oplatency.operation_types as operation_types on violations.operation_id = operation_types.operation_id
inner join oplatency.branches as branches on violations.branch_id = branches.branch_id
inner join oplatency.baselines as baselines on violations.baseline_id = baselines.baseline_id;
comment on view oplatency.v_violations is
'Calls slower than baseline p99 times the alert threshold. Calls with an error are never judged.';
comment on column oplatency.v_violations.operation is 'Operation that was called.';
comment on column oplatency.v_violations.branch is 'Branch it is about; (all) = all branches.';
comment on column oplatency.v_violations.observed_at is 'Start of the call.';
comment on column oplatency.v_violations.duration_ms is 'Duration of the call in milliseconds.';
comment on column oplatency.v_violations.baseline_p99_ms is
'p99 of the baseline it was judged against, in milliseconds.';
comment on column oplatency.v_violations.limit_ms is 'The limit it broke, in milliseconds.';
comment on column oplatency.v_violations.times_over_baseline is 'duration_ms / baseline_p99_ms.';
comment on column oplatency.v_violations.severity is 'WARNING, or CRITICAL above the critical multiple of p99.';
comment on column oplatency.v_violations.baseline_as_of is 'As-of of the baseline it was judged against.';
