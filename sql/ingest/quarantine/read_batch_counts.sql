-- The account of a batch that rows were released from, and of the attempt that did it.
-- Grain: one row. Re-run: reads only.
select
    originals.source,
    originals.quarantined,
    originals.reasons,
    redriven.accepted,
    redriven.duplicate
from oplatency.ingest_batches as redriven
inner join oplatency.ingest_batches as originals on redriven.retry_of = originals.batch_id
where redriven.run_token = %(run_token)s;
