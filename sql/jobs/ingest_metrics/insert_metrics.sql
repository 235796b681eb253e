-- Turns staged calls into facts; the unique key lets none in twice. Of two with one identity the first row is kept; what
-- the key keeps out is a duplicate where the content is the same, else a conflict. IngestStatistics hours are noted.
-- Grain: one row per new call. Window: the rows of one attempt. Re-run: everything is a duplicate.
with inserted as (
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
    where
        staged.run_token = %(run_token)s
        and staged.from_span = %(from_span)s
        and staged.row_no not in (select rejected.row_no from oplatency.staged_rejections as rejected where rejected.run_token = %(run_token)s)
    order by staged.row_no
    on conflict (operation_id, started_at, identity_hash) do nothing
    returning operation_id, started_at
),

touched as (
    insert into oplatency.dirty_ranges (operation_id, hour_at, batch_id)
    select distinct
        inserted.operation_id,
        date_trunc('hour', inserted.started_at, 'UTC'),
        %(batch_id)s::bigint
    from inserted
    on conflict do nothing
)

select count(*) as accepted
from inserted;
