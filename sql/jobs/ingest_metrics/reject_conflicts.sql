-- Calls whose identity is taken by a call of other content. Runs after the facts were inserted, where some were kept out.
-- Grain: one refusal per such row. Window: the rows of one attempt. Re-run: the same rows.
insert into oplatency.staged_rejections (run_token, row_no, reason, detail)
select
    %(run_token)s,
    staged.row_no,
    'conflicting_duplicate',
    'an event of the same identity is stored with other content (' || facts.duration_us || ' us)'
from oplatency.staged_metrics as staged
inner join oplatency.operation_types as operations on staged.operation = operations.name
left join oplatency.branches as branches on staged.branch = branches.name
left join oplatency.users as users on staged.user_name = users.name
inner join lateral (
    -- the limit keeps this a look-up by key; without it the planner, knowing nothing of rows this new, joins by scan
    select metrics.*
    from oplatency.metrics as metrics
    where
        operations.operation_id = metrics.operation_id
        and staged.started_at = metrics.started_at
        and staged.identity_hash = metrics.identity_hash
    order by metrics.batch_id
    limit 1
) as facts on true
where
    staged.run_token = %(run_token)s
    and (
        coalesce(branches.branch_id, -1), coalesce(users.user_id, -1), staged.duration_us, staged.session,
        staged.rows_affected, staged.memory_bytes, staged.cpu_us, staged.metadata, staged.error
    ) is distinct from (
        facts.branch_id, facts.user_id, facts.duration_us, facts.session,
        facts.rows_affected, facts.memory_bytes, facts.cpu_us, facts.metadata, facts.error
    )
on conflict do nothing;
