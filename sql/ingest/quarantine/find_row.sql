-- One refused row with all that is known of it.
-- Grain: one row. Window: none. Re-run: reads only.
select
    refused.quarantine_id,
    batches.source,
    refused.batch_id as batch,
    batches.path,
    batches.received_at,
    refused.line_no as line,
    refused.reason,
    refused.detail,
    case
        when refused.released_at is not null then 'released'
        when refused.discarded_at is not null then 'discarded'
        else 'waiting'
    end as state,
    refused.released_at,
    refused.released_batch_id as released_batch,
    refused.discarded_at,
    refused.discarded_by,
    refused.note,
    batches.assume_tz,
    batches.resolution_us,
    refused.fields,
    refused.raw
from oplatency.quarantined_rows as refused
inner join oplatency.ingest_batches as batches on refused.batch_id = batches.batch_id
where refused.quarantine_id = %(quarantine_id)s;
