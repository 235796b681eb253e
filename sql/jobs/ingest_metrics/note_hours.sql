-- Notes the hours that the facts of a batch fall into.
-- Grain: one row per operation and hour. Window: the rows of one attempt. Re-run: no new rows.
insert into oplatency.dirty_ranges (operation_id, hour_at, batch_id)
select distinct
    operations.operation_id,
    date_trunc('hour', staged.started_at, 'UTC'),
    %(batch_id)s::bigint
from oplatency.staged_metrics as staged
inner join oplatency.operation_types as operations on staged.operation = operations.name
where
    staged.run_token = %(run_token)s
    and not exists (
        select 1
        from oplatency.staged_refusals as refused
        where staged.run_token = refused.run_token and staged.row_no = refused.row_no
    )
on conflict do nothing;
