-- Turns staged calls into facts where none was refused and none is a fact already; fails on the first that is.
-- Grain: one row per call. Window: the rows of one attempt. Re-run: fails, and changes nothing.
insert into oplatency.metrics
(
    operation_id, branch_id, user_id, started_at, duration_us, identity_hash, batch_id, session,
    rows_affected, memory_bytes, cpu_us, metadata, error
)
select
    operations.operation_id,
    coalesce(branches.branch_id, -1),
    coalesce(users.user_id, -1),
    staged.started_at,
    staged.duration_us,
    staged.identity_hash,
    %(batch_id)s,
    staged.session,
    staged.rows_affected,
    staged.memory_bytes,
    staged.cpu_us,
    staged.metadata,
    staged.error
from oplatency.staged_metrics as staged
inner join oplatency.operation_types as operations on staged.operation = operations.name
left join oplatency.branches as branches on staged.branch = branches.name
left join oplatency.users as users on staged.user_name = users.name
where staged.run_token = %(run_token)s;
