-- The batches that chosen rows came with, as they were declared.
-- Grain: one row per batch with a chosen row that waits. Window: everything stored. Re-run: reads only.
select
    batches.batch_id,
    batches.source,
    batches.format,
    batches.path,
    batches.assume_tz,
    batches.resolution_us,
    batches.new_operations,
    batches.detect_unit_slips,
    batches.received_at,
    case when bool_or(waiting.fields ? 'duration_us') then 'us' else 'ms' end as claimed_unit,
    count(*) filter (where waiting.fields is not null) as n_rows,
    count(*) filter (where waiting.fields is null) as n_unreadable
from oplatency.quarantined_rows as waiting
inner join oplatency.ingest_batches as batches on waiting.batch_id = batches.batch_id
where
    waiting.released_at is null
    and waiting.discarded_at is null
    and (%(ids)s::bigint[] is null or waiting.quarantine_id = any(%(ids)s))
    and (%(source)s::text is null or batches.source = %(source)s)
    and (%(reasons)s::text[] is null or waiting.reason = any(%(reasons)s))
    and (%(operations)s::text[] is null or waiting.fields ->> 'operation' = any(%(operations)s))
    and (%(batch)s::bigint is null or waiting.batch_id = %(batch)s)
group by batches.batch_id
order by batches.batch_id;
