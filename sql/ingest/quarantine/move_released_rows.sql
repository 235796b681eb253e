-- What became of quarantined rows that were tried again: those that passed are released, the others keep waiting under the
-- reason they were refused for this time. Such a batch has the rows' quarantine_id as the lines they start on.
-- Grain: one update per row tried again. Window: the rows of one attempt. Re-run: a batch is closed once.
with rejected as (
    select
        line_no as quarantine_id,
        reason,
        detail
    from oplatency.quarantined_rows
    where batch_id = %(batch_id)s
),

kept as (
    update oplatency.quarantined_rows as waiting
    set
        reason = rejected.reason,
        detail = rejected.detail
    from rejected
    where
        waiting.quarantine_id = rejected.quarantine_id
        and waiting.retry_batch_id = %(batch_id)s
        and waiting.released_at is null
        and waiting.discarded_at is null
    returning waiting.quarantine_id
),

released as (
    update oplatency.quarantined_rows as waiting
    set
        released_at = clock_timestamp(),
        released_batch_id = %(batch_id)s
    where
        waiting.retry_batch_id = %(batch_id)s
        and waiting.released_at is null
        and waiting.discarded_at is null
        and waiting.quarantine_id not in (select rejected.quarantine_id from rejected)
    returning waiting.quarantine_id
),

-- written by the gate a moment ago, in this transaction: they are the rows above, once more
written_twice as (
    delete from oplatency.quarantined_rows
    where batch_id = %(batch_id)s
),

account as (
    update oplatency.ingest_batches
    set rows_in = (select count(*) from released)
    where batch_id = %(batch_id)s
)

select (select count(*) from kept) + (select count(*) from released) as n_moved;
