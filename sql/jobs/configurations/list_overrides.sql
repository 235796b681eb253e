-- What people set for single operations and that differs from what held before the first change.
-- Grain: one row per operation and setting. Window: everything set so far. Re-run: reads only.
with ends as (
    select
        changes.operation_id,
        changes.setting,
        (array_agg(changes.old_value order by changes.change_no asc))[1] as first_value,
        (array_agg(changes.new_value order by changes.change_no desc))[1] as value
    from oplatency.operation_changes as changes
    group by changes.operation_id, changes.setting
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
