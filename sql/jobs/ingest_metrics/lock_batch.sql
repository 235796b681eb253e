-- The batch of an attempt, locked until the transaction ends.
select
    batch_id,
    source,
    path,
    status,
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
    (select count(*) from oplatency.staged_rows where run_token = %(run_token)s) as n_staged
from oplatency.ingest_batches
where run_token = %(run_token)s
for update;
