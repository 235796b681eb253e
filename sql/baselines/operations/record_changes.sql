-- Takes down one changed value.
-- Grain: one row per change. Re-run: adds another row.
insert into oplatency.operation_changes (operation_id, setting, old_value, new_value, note, changed_by, config_hash)
values
(%(operation_id)s, %(setting)s, %(old_value)s, %(new_value)s, %(note)s, %(changed_by)s, %(config_hash)s);
