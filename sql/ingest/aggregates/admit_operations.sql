-- Takes new names into the catalogue, as far as the policy lets them in.
-- Grain: one row per name. Window: one poll. Re-run: no new rows.
insert into oplatency.operation_types (name, category, area, origin)
select
    admitted.name,
    'UNKNOWN' as category,
    'statements' as area,
    'ingest' as origin
from unnest(%(names)s::text[]) as admitted (name)
order by admitted.name
on conflict (name) do nothing;
