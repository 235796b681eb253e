-- One operation type of the catalogue. An operation that data brought before is completed; what users have set stays.
insert into oplatency.operation_types (name, category, area, typical_duration_us, alert_threshold, origin)
values (%(name)s, %(category)s, %(area)s, %(typical_duration_us)s, %(alert_threshold)s, 'catalogue')
on conflict (name) do update
    set
        category = excluded.category,
        area = excluded.area,
        typical_duration_us = excluded.typical_duration_us,
        alert_threshold = excluded.alert_threshold,
        origin = excluded.origin
    where operation_types.origin = 'ingest';
