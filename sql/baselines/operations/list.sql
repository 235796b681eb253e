-- The catalogue with what people set.
-- Grain: one row per operation. Re-run: reads only.
select
    operations.name as operation,
    operations.category,
    operations.area,
    operations.is_tracked,
    operations.alert_threshold,
    operations.min_effect,
    operations.scale_floor,
    operations.origin,
    count(changes.change_no) as changes,
    max(changes.changed_at) as last_changed_at
from oplatency.operation_types as operations
left join oplatency.operation_changes as changes on operations.operation_id = changes.operation_id
group by operations.operation_id
order by operations.name;
