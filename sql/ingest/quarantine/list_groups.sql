-- What waits in quarantine.
-- Grain: one row per batch and reason with a row that waits. Window: everything stored. Re-run: reads only.
select
    batches.source,
    waiting.batch_id as batch,
    waiting.reason,
    count(*) filter (where waiting.discarded_at is null) as waiting,
    count(*) filter (where waiting.discarded_at is not null) as discarded,
    count(*) filter (where waiting.discarded_at is null and waiting.fields is not null) as releasable,
    batches.received_at as newest,
    min(waiting.quarantine_id) filter (where waiting.discarded_at is null) as first_id,
    (array_agg(waiting.detail order by waiting.quarantine_id))[1] as example
from oplatency.quarantined_rows as waiting
inner join oplatency.ingest_batches as batches on waiting.batch_id = batches.batch_id
where
    waiting.released_at is null
    and (%(source)s::text is null or batches.source = %(source)s)
    and (%(reasons)s::text[] is null or waiting.reason = any(%(reasons)s))
    and (%(operations)s::text[] is null or waiting.fields ->> 'operation' = any(%(operations)s))
    and (%(batch)s::bigint is null or waiting.batch_id = %(batch)s)
group by batches.source, waiting.batch_id, waiting.reason, batches.received_at
having count(*) filter (where waiting.discarded_at is null) > 0
order by batches.received_at desc, waiting.batch_id desc, waiting.reason asc
limit %(at_most)s;
