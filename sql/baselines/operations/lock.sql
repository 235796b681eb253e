-- One operation with what can be set for it, locked until the transaction ends.
select
    operation_id,
    alert_threshold,
    is_tracked,
    category,
    min_effect,
    scale_floor
from oplatency.operation_types
where name = %(name)s
for update;
