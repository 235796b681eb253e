-- The rows of a stream that are in quarantine: polls overlap, and a rejected row must not be rejected anew each time.
-- Grain: one row per rejected content. Window: all polls of the stream. Re-run: reads only.
select distinct oplatency.hash64(rejected.raw) as raw_hash
from oplatency.quarantined_rows as rejected
inner join oplatency.ingest_batches as batches on rejected.batch_id = batches.batch_id
inner join oplatency.polls as polls on batches.run_token = polls.run_token
where polls.source = %(source)s and polls.stream = %(stream)s;
