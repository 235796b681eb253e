-- The catalogue, as jobs need it.
select
    operation_id,
    name,
    category,
    area,
    is_tracked,
    alert_threshold
from oplatency.operation_types
order by operation_id;
