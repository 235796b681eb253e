-- The batch of an attempt, locked until the transaction ends.
select
    batch_id,
    source,
    path,
    status,
    assume_tz,
    resolution_us,
    new_operations,
    detect_unit_slips,
    redrive_of,
    rows_in,
    accepted,
    duplicate,
    quarantined,
    reasons,
    seconds,
    (select count(*) from oplatency.staged_rows where run_token = %(run_token)s)
    + (select count(*) from oplatency.staged_metrics where run_token = %(run_token)s and is_plain) as n_staged,
    (select count(*) from oplatency.staged_metrics where run_token = %(run_token)s) as n_calls,
    (select count(*) from oplatency.staged_rows where run_token = %(run_token)s and kind = 'span' and problem is null) as n_spans,
    (select count(*) from oplatency.staged_rows where run_token = %(run_token)s and kind = 'merge' and problem is null) as n_merges
from oplatency.ingest_batches
where run_token = %(run_token)s
for update;
