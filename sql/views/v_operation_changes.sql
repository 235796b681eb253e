-- What people set for single operations, one after the other.
-- Grain: one row per change of one setting.
-- Window: everything stored.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_operation_changes as
select
    changes.change_no,
    operations.name as operation,
    changes.setting,
    changes.old_value,
    changes.new_value,
    changes.note,
    changes.changed_by,
    changes.changed_at
from oplatency.operation_changes as changes
inner join oplatency.operation_types as operations on changes.operation_id = operations.operation_id;
comment on view oplatency.v_operation_changes is 'What people set for single operations: who, when and why.';
comment on column oplatency.v_operation_changes.change_no is 'Order of the changes.';
comment on column oplatency.v_operation_changes.operation is 'Operation it was set for.';
comment on column oplatency.v_operation_changes.setting is
'alert_threshold, is_tracked, category, min_effect or scale_floor.';
comment on column oplatency.v_operation_changes.old_value is 'What held before; a JSON null is the general setting.';
comment on column oplatency.v_operation_changes.new_value is 'What holds from then on; a JSON null is the general setting.';
comment on column oplatency.v_operation_changes.note is 'Why, in words.';
comment on column oplatency.v_operation_changes.changed_by is 'Who set it.';
comment on column oplatency.v_operation_changes.changed_at is 'When it was set.';
