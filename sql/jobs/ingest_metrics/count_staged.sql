-- Notes how many rows came, and returns how many of them may go on to the audit.
update oplatency.ingest_batches
set
    rows_in = (select count(*) from oplatency.staged_rows where run_token = %(run_token)s),
    quarantined = (select count(*) from oplatency.staged_rows where run_token = %(run_token)s and problem is not null)
where run_token = %(run_token)s
returning
    rows_in,
    rows_in - quarantined as passing;
