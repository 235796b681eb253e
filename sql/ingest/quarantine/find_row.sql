-- One rejected row with all that is known of it.
-- Grain: one row. Window: none. Re-run: reads only.
select
    rejected.quarantine_id,
    batches.source,
    rejected.batch_id as batch,
    batches.path,
    batches.received_at,
    rejected.line_no as line,
    rejected.reason,
    rejected.detail,
    case
        when rejected.released_at is not null then 'released'
        when rejected.discarded_at is not null then 'discarded'
        else 'waiting'
    end as state,
    rejected.released_at,
    rejected.released_batch_id as released_batch,
    rejected.discarded_at,
    rejected.discarded_by,
    rejected.note,
    batches.assume_tz,
    batches.resolution_us,
    rejected.fields,
    rejected.raw
from oplatency.quarantined_rows as rejected
inner join oplatency.ingest_batches as batches on rejected.batch_id = batches.batch_id
where rejected.quarantine_id = %(quarantine_id)s;
