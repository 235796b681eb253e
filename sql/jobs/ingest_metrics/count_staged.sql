-- Notes how many rows came, and how many of them broke a rule of their own.
update oplatency.ingest_batches
set
    rows_in = %(rows_in)s,
    quarantined = (select count(*) from oplatency.staged_rows where run_token = %(run_token)s and problem is not null)
where run_token = %(run_token)s
returning rows_in;
