-- Calls whose identity is taken by a call of other content. Runs after the facts were inserted, where some were kept out.
-- Grain: one refusal per such row. Window: the rows of one attempt. Re-run: the same rows.
insert into oplatency.staged_refusals (run_token, row_no, reason, detail)
select
    %(run_token)s,
    staged.row_no,
    'conflicting_duplicate',
    'an event of the same identity is stored with other content (' || facts.duration_us || ' us)'
from oplatency.staged_metrics as staged
inner join oplatency.operation_types as operations on staged.operation = operations.name
inner join lateral (
    -- the limit keeps this a look-up by key; without it the planner, knowing nothing of rows this new, joins by scan
    select
        metrics.content_hash,
        metrics.duration_us
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
    and staged.content_hash <> facts.content_hash
on conflict do nothing;
