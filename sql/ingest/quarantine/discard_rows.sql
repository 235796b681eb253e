-- Gives chosen rows up: they stay, and stay counted as quarantined, but are not tried again.
-- Grain: one update per chosen row that waits. Window: everything stored. Re-run: none is left to update.
update oplatency.quarantined_rows as waiting
set
    discarded_at = clock_timestamp(),
    discarded_by = %(discarded_by)s,
    note = %(note)s
from oplatency.ingest_batches as batches
where
    waiting.batch_id = batches.batch_id
    and waiting.released_at is null
    and waiting.discarded_at is null
    and (%(ids)s::bigint[] is null or waiting.quarantine_id = any(%(ids)s))
    and (%(source)s::text is null or batches.source = %(source)s)
    and (%(reasons)s::text[] is null or waiting.reason = any(%(reasons)s))
    and (%(operations)s::text[] is null or waiting.fields ->> 'operation' = any(%(operations)s))
    and (%(batch)s::bigint is null or waiting.batch_id = %(batch)s);
