-- Quarantined rows keep their fields, so that they can be tried again, and say what became of them. A batch keeps what
-- its source declared, so that a second try is judged as the first one was.
alter table oplatency.quarantined_rows add column fields jsonb;
alter table oplatency.quarantined_rows add column released_at timestamptz;
alter table oplatency.quarantined_rows add column released_batch_id bigint
constraint quarantined_rows_released_batch_id_fk references oplatency.ingest_batches;
alter table oplatency.quarantined_rows add column discarded_at timestamptz;
alter table oplatency.quarantined_rows add column discarded_by text;
alter table oplatency.quarantined_rows add column note text;
alter table oplatency.quarantined_rows add constraint quarantined_rows_released_ck
check ((released_at is null) = (released_batch_id is null));
alter table oplatency.quarantined_rows add constraint quarantined_rows_discarded_ck
check ((discarded_at is null) = (discarded_by is null));
alter table oplatency.quarantined_rows add constraint quarantined_rows_state_ck
check (released_at is null or discarded_at is null);
comment on column oplatency.quarantined_rows.fields is
'Staged text by column name, absent where empty; null = the row could not be taken apart, it cannot be tried again.';
comment on column oplatency.quarantined_rows.released_at is 'When it passed the gate after all; null = it has not.';
comment on column oplatency.quarantined_rows.released_batch_id is 'Batch of the second try that it passed with; null = it has not.';
comment on column oplatency.quarantined_rows.discarded_at is 'When a person gave it up; null = nobody has. It still counts as quarantined.';
comment on column oplatency.quarantined_rows.discarded_by is 'Who gave it up; null = nobody has.';
comment on column oplatency.quarantined_rows.note is 'What that person wrote; null = nothing.';

alter table oplatency.ingest_batches add column redrive_of bigint
constraint ingest_batches_redrive_of_fk references oplatency.ingest_batches;
alter table oplatency.ingest_batches add column new_operations text
constraint ingest_batches_new_operations_ck check (new_operations in ('admit', 'hold'));
alter table oplatency.ingest_batches add column detect_unit_slips boolean not null default true;
comment on column oplatency.ingest_batches.redrive_of is
'Batch whose quarantined rows were tried again; null = its rows came from a source. Its account holds only the rows that left the quarantine, which the account of that batch counts too.';
comment on column oplatency.ingest_batches.new_operations is
'admit or hold: what the source declared for names that are not in the catalogue; null = the policy of the installation.';
comment on column oplatency.ingest_batches.detect_unit_slips is
'Whether durations a thousand times off what is usual are refused.';
