-- The catalogue, with what people set for single operations.
-- Grain: one row per operation.
-- Window: none.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_operations as
select
    operations.name as operation,
    operations.category,
    operations.area,
    operations.is_tracked as tracked,
    operations.alert_threshold,
    operations.min_effect,
    operations.scale_floor
from oplatency.operation_types as operations;
comment on view oplatency.v_operations is 'The catalogue of operations, those without a call among them.';
comment on column oplatency.v_operations.operation is 'Name.';
comment on column oplatency.v_operations.category is 'READ, WRITE, ADMIN or UNKNOWN.';
comment on column oplatency.v_operations.area is 'Part of the system it belongs to.';
comment on column oplatency.v_operations.tracked is 'Whether baselines and detection look at it.';
comment on column oplatency.v_operations.alert_threshold is 'A call slower than baseline p99 times this is a violation.';
comment on column oplatency.v_operations.min_effect is
'Smallest slow-down that is a finding, as a fraction; null = the setting points.min_effect.';
comment on column oplatency.v_operations.scale_floor is
'Smallest scale, in ln(duration); null = the setting points.scale_floor.';
