-- Moves an attempt on after its audit.
update oplatency.ingest_batches
set status = %(status)s
where run_token = %(run_token)s and status = 'staged'
returning status;
