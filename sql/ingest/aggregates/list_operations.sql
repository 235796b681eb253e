-- Which of the names are in the catalogue, and how many names statements have brought.
-- Grain: one row. Window: none. Re-run: reads only.
select
    coalesce(
        array_agg(operations.name) filter (where operations.name = any(%(names)s::text[])), array[]::text[]
    ) as known_names,
    count(*) filter (where operations.area = 'statements') as n_from_statements
from oplatency.operation_types as operations;
