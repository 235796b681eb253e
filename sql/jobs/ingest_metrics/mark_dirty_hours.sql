-- Notes the hours that the facts of a batch fall into.
-- Grain: one row per operation and hour. Window: the rows of one attempt. Re-run: no new rows.
insert into oplatency.dirty_ranges (operation_id, hour_at, batch_id)
select
    operations.operation_id,
    staged.hour_at,
    %(batch_id)s::bigint
from oplatency.staged_statistics as staged
inner join oplatency.operation_types as operations on staged.operation = operations.name
where staged.run_token = %(run_token)s and staged.hour_at is not null
on conflict do nothing;
