-- Notes whose quarantined rows an attempt tries again; returns how many it has staged.
-- Grain: one update of the attempt's batch. Re-run: the same.
update oplatency.ingest_batches
set redrive_of = %(redrive_of)s
where run_token = %(run_token)s
returning rows_in;
