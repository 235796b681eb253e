-- Operation names that wait for a decision.
-- Grain: one row per name, at most the limit. Window: everything stored. Re-run: reads only.
select
    waiting.fields ->> 'operation' as operation,
    count(*) as n_rows,
    array_agg(distinct batches.source order by batches.source) as sources,
    array_agg(distinct waiting.reason order by waiting.reason) as reasons,
    min(batches.received_at) as first_seen_at,
    max(batches.received_at) as last_seen_at
from oplatency.quarantined_rows as waiting
inner join oplatency.ingest_batches as batches on waiting.batch_id = batches.batch_id
left join oplatency.operation_types as known on waiting.fields ->> 'operation' = known.name
where
    waiting.reason in ('unknown_operation', 'cardinality_limit')
    and waiting.released_at is null
    and waiting.discarded_at is null
    and waiting.fields is not null
    and known.operation_id is null
group by waiting.fields ->> 'operation'
order by n_rows desc, operation asc
limit %(at_most)s;
