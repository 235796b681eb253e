-- Turns staged calls into facts; the unique key lets none in twice. What it keeps out is a duplicate where the content is
-- the same, else a conflict. Touched hours are noted.
-- Grain: one row per new call. Window: the rows of one attempt. Re-run: everything is a duplicate.
with resolved as (
    select
        operations.operation_id,
        coalesce(branches.branch_id, -1) as branch_id,
        coalesce(users.user_id, -1) as user_id,
        staged.*
    from oplatency.staged_metrics as staged
    inner join oplatency.operation_types as operations on staged.operation = operations.name
    left join oplatency.branches as branches on staged.branch = branches.name
    left join oplatency.users as users on staged.user_name = users.name
    where staged.run_token = %(run_token)s
),

first_of_each as (
    select distinct on (resolved.operation_id, resolved.started_at, resolved.identity_hash) resolved.*
    from resolved
    order by resolved.operation_id, resolved.started_at, resolved.identity_hash, resolved.row_no
),

inserted as (
    insert into oplatency.metrics
    (
        operation_id, branch_id, user_id, started_at, duration_us, identity_hash, content_hash, batch_id, session,
        rows_affected, memory_bytes, cpu_us, metadata, error
    )
    select
        operation_id,
        branch_id,
        user_id,
        started_at,
        duration_us,
        identity_hash,
        content_hash,
        %(batch_id)s,
        session,
        rows_affected,
        memory_bytes,
        cpu_us,
        metadata,
        error
    from first_of_each
    order by operation_id, started_at, identity_hash
    on conflict (operation_id, started_at, identity_hash) do nothing
    returning operation_id, started_at, identity_hash
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

select
    (select count(*) from inserted) as accepted,
    (select count(*) from resolved) as offered;
