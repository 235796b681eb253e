-- Sets what was given for one operation. Its origin becomes person, so that the catalogue does not set it back.
-- Grain: one row. Re-run: changes nothing.
update oplatency.operation_types
set
    alert_threshold = %(alert_threshold)s,
    is_tracked = %(is_tracked)s,
    category = %(category)s,
    min_effect = %(min_effect)s,
    scale_floor = %(scale_floor)s,
    origin = 'person'
where operation_id = %(operation_id)s;
