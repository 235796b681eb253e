-- Takes names into the catalogue by a user's decision; where one waits in quarantine, its first source is its area.
-- Grain: one row per name that is new. Re-run: no new rows.
insert into oplatency.operation_types (name, category, area, origin)
select
    wanted.name,
    'UNKNOWN',
    coalesce(held.source, 'person'),
    'person'
from unnest(%(names)s::text[]) as wanted (name)
left join lateral (
    select batches.source
    from oplatency.quarantined_rows as waiting
    inner join oplatency.ingest_batches as batches on waiting.batch_id = batches.batch_id
    where
        waiting.fields ->> 'operation' = wanted.name
        and waiting.reason in ('unknown_operation', 'cardinality_limit')
    order by waiting.quarantine_id
    limit 1
) as held on true
order by wanted.name
on conflict (name) do nothing;
