-- What people set for single operations and that differs from what held before the first change. Changes that are about
-- to be noted come in as pending; a JSON null in them arrives as SQL null.
-- Grain: one row per operation and setting. Window: everything set so far. Re-run: reads only.
with every_change as (
    select
        changes.operation_id,
        changes.setting,
        changes.old_value,
        changes.new_value,
        changes.change_no
    from oplatency.operation_changes as changes
    union all
    select
        pending.operation_id,
        pending.setting,
        coalesce(pending.old_value, 'null') as old_value,
        coalesce(pending.new_value, 'null') as new_value,
        9223372036854775807 as change_no
    from jsonb_to_recordset(%(pending)s)
        as pending (operation_id integer, setting text, old_value jsonb, new_value jsonb)
),

ends as (
    select
        every_change.operation_id,
        every_change.setting,
        (array_agg(every_change.old_value order by every_change.change_no asc))[1] as first_value,
        (array_agg(every_change.new_value order by every_change.change_no desc))[1] as value
    from every_change
    group by every_change.operation_id, every_change.setting
)

select
    ends.operation_id,
    operations.name,
    ends.setting,
    ends.value
from ends
inner join oplatency.operation_types as operations on ends.operation_id = operations.operation_id
where ends.value <> ends.first_value
order by operations.name, ends.setting;
