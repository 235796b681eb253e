-- Input rows that were rejected, and why.
-- Grain: one row per rejected row of the input.
-- Window: everything stored.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_quarantine as
select
    quarantined_rows.batch_id as batch,
    ingest_batches.source,
    ingest_batches.path,
    quarantined_rows.line_no as line,
    quarantined_rows.reason,
    quarantined_rows.detail,
    case
        when quarantined_rows.released_at is not null then 'released'
        when quarantined_rows.discarded_at is not null then 'discarded'
        else 'held'
    end as state,
    quarantined_rows.released_batch_id as released_batch
from oplatency.quarantined_rows as quarantined_rows
inner join oplatency.ingest_batches as ingest_batches on quarantined_rows.batch_id = ingest_batches.batch_id
order by quarantined_rows.batch_id, quarantined_rows.row_no;
comment on view oplatency.v_quarantine is 'Input rows that were rejected, in the order of their input, with the reason.';
comment on column oplatency.v_quarantine.batch is 'Number of the batch: the key of v_ingest_batches.';
comment on column oplatency.v_quarantine.source is 'Name of the source.';
comment on column oplatency.v_quarantine.path is 'Where the bytes came from.';
comment on column oplatency.v_quarantine.line is 'Line of the input the row starts on, from 1.';
comment on column oplatency.v_quarantine.reason is 'Reason code.';
comment on column oplatency.v_quarantine.detail is 'The offending values, in words.';
comment on column oplatency.v_quarantine.state is
'held (waits for a person), released (passed the gate at a later try), or discarded (given up by a person).';
comment on column oplatency.v_quarantine.released_batch is 'Batch of the try that it passed with; null = it has not.';
