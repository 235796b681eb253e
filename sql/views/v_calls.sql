-- Every call, by name.
-- Grain: one row per call.
-- Window: everything stored; a condition on started_at reads the days that it touches.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_calls as
select
    operation_types.name as operation,
    branches.name as branch,
    users.name as user_name,
    metrics.started_at,
    metrics.duration_us::double precision / 1000 as duration_ms,
    metrics.error is not null as failed,
    metrics.session,
    metrics.rows_affected,
    metrics.memory_bytes,
    metrics.cpu_us::double precision / 1000 as cpu_ms
from oplatency.metrics as metrics
inner join oplatency.operation_types as operation_types on metrics.operation_id = operation_types.operation_id
inner join oplatency.branches as branches on metrics.branch_id = branches.branch_id
inner join oplatency.users as users on metrics.user_id = users.user_id;
comment on view oplatency.v_calls is
'Every stored call, failed ones and those of operations without detection included.';
comment on column oplatency.v_calls.operation is 'Operation that was called.';
comment on column oplatency.v_calls.branch is 'Branch it ran on; (unknown) = the source named none.';
comment on column oplatency.v_calls.user_name is 'Who called it; (unknown) = the source named nobody.';
comment on column oplatency.v_calls.started_at is 'Start of the call.';
comment on column oplatency.v_calls.duration_ms is 'Duration of the call in milliseconds.';
comment on column oplatency.v_calls.failed is
'Whether it ended in an error; such calls enter no baseline and are never judged.';
comment on column oplatency.v_calls.session is 'Session it ran in; null = unknown.';
comment on column oplatency.v_calls.rows_affected is 'Rows touched; null = unknown.';
comment on column oplatency.v_calls.memory_bytes is 'Memory used in bytes; null = unknown.';
comment on column oplatency.v_calls.cpu_ms is 'Processor time used in milliseconds; null = unknown.';
