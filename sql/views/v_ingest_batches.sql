-- What was brought in, and where its rows went.
-- Grain: one row per file or poll that was taken up.
-- Window: everything stored.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_ingest_batches as
select
    ingest_batches.batch_id as batch,
    ingest_batches.source,
    ingest_batches.format,
    ingest_batches.path,
    ingest_batches.status,
    ingest_batches.rows_in,
    ingest_batches.accepted,
    ingest_batches.duplicate,
    ingest_batches.quarantined,
    ingest_batches.reasons,
    ingest_batches.bytes,
    ingest_batches.seconds,
    ingest_batches.received_at,
    ingest_batches.published_at,
    ingest_batches.rows_in / nullif(ingest_batches.seconds, 0) as rows_per_second,
    ingest_batches.retry_of
from oplatency.ingest_batches as ingest_batches
order by ingest_batches.batch_id;
comment on view oplatency.v_ingest_batches is
'Inputs in order of arrival. Of a published batch, rows_in = accepted + duplicate + quarantined.';
comment on column oplatency.v_ingest_batches.batch is 'Number of the batch.';
comment on column oplatency.v_ingest_batches.source is 'Name of the source.';
comment on column oplatency.v_ingest_batches.format is 'How the bytes were read.';
comment on column oplatency.v_ingest_batches.path is 'Where the bytes came from.';
comment on column oplatency.v_ingest_batches.status is
'staged, audited, failed, published, partial_source (published, its last row was cut off), or superseded.';
comment on column oplatency.v_ingest_batches.rows_in is 'Rows in the input, headers not counted.';
comment on column oplatency.v_ingest_batches.accepted is 'Rows that became facts.';
comment on column oplatency.v_ingest_batches.duplicate is 'Rows that were facts already.';
comment on column oplatency.v_ingest_batches.quarantined is 'Rows put aside with a reason.';
comment on column oplatency.v_ingest_batches.reasons is 'Quarantined rows by reason code, a JSON object.';
comment on column oplatency.v_ingest_batches.bytes is 'Size of the input in bytes.';
comment on column oplatency.v_ingest_batches.seconds is 'Time from first byte to publish, in seconds.';
comment on column oplatency.v_ingest_batches.received_at is 'When the input was taken up.';
comment on column oplatency.v_ingest_batches.published_at is 'When its rows became facts; null = not yet.';
comment on column oplatency.v_ingest_batches.rows_per_second is
'rows_in by seconds, from first byte to publish; null = not closed yet.';
comment on column oplatency.v_ingest_batches.retry_of is
'Batch whose quarantined rows were tried again; null = its rows came from a source.';
