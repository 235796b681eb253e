-- A refused row says which attempt tried it again last: when that attempt is closed, the row is released or waits on.
alter table oplatency.quarantined_rows add column redrive_batch_id bigint
constraint quarantined_rows_redrive_batch_id_fk references oplatency.ingest_batches;
comment on column oplatency.quarantined_rows.redrive_batch_id is
'Batch of the newest attempt that tried the row again, whatever came of it; null = none has.';
