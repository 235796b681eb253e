-- Admits an operation that came with data. Re-run: no new row.
insert into oplatency.operation_types (name, category, area, origin)
values (%(name)s, 'UNKNOWN', %(source)s, 'ingest')
on conflict (name) do nothing;
