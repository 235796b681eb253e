-- The gate at speed: rows whose every field is plain are staged typed, without a text twin; facts carry no foreign keys.
-- Three look-ups a row cost more than everything else that storing it does. Names are admitted in the transaction that
-- publishes, and nothing ever deletes one; the suite "metrics" checks that every fact still has them.
alter table oplatency.metrics drop constraint metrics_operation_id_fk;
alter table oplatency.metrics drop constraint metrics_branch_id_fk;
alter table oplatency.metrics drop constraint metrics_user_id_fk;

alter table oplatency.staged_metrics add column is_plain boolean not null default false;
alter table oplatency.staged_metrics add column event_id text;
comment on column oplatency.staged_metrics.is_plain is 'Whether the row was typed as it came and has no twin in staged_rows.';
alter table oplatency.staged_metrics add column gives_us boolean not null default false;
alter table oplatency.staged_metrics add column gives_end boolean not null default false;
comment on column oplatency.staged_metrics.gives_us is 'Whether the row gave its duration in microseconds.';
comment on column oplatency.staged_metrics.gives_end is 'Whether the row gave its end.';
alter table oplatency.staged_metrics add column of_span boolean not null default false;
comment on column oplatency.staged_metrics.of_span is 'Whether the call is a span too, and its row is counted there.';
comment on column oplatency.staged_metrics.event_id is 'Identity given by the source; null = none.';

create unlogged table oplatency.staged_refusals (
    run_token uuid not null,
    row_no bigint not null,
    reason text not null,
    detail text not null,
    constraint staged_refusals_pk primary key (run_token, row_no)
);
comment on table oplatency.staged_refusals is 'Rows that passed their own rules and were refused for the company they came in. Unlogged.';
comment on column oplatency.staged_refusals.run_token is 'Attempt that staged the row.';
comment on column oplatency.staged_refusals.row_no is 'Position among the rows of the input, from 1.';
comment on column oplatency.staged_refusals.reason is 'Reason code.';
comment on column oplatency.staged_refusals.detail is 'The offending values, in words.';

alter table oplatency.ingest_batches add column idempotency_key text;
create index ingest_batches_idempotency_key_ix on oplatency.ingest_batches (source, idempotency_key)
where idempotency_key is not null;
comment on column oplatency.ingest_batches.idempotency_key is
'Name that the sender gave the delivery: the same name never brings other content; null = none was given.';
alter table oplatency.ingest_batches drop constraint ingest_batches_status_ck;
alter table oplatency.ingest_batches add constraint ingest_batches_status_ck
check (status in ('staged', 'audited', 'failed', 'published', 'partial_source', 'superseded'));
alter table oplatency.ingest_batches drop constraint ingest_batches_balance_ck;
alter table oplatency.ingest_batches add constraint ingest_batches_balance_ck
check (status not in ('published', 'partial_source', 'failed') or rows_in = accepted + duplicate + quarantined);
comment on column oplatency.ingest_batches.status is
'staged, audited, failed, published, partial_source (published, but its last row was cut off), or superseded by a newer attempt.';
