-- A source that falls silent is a finding of its own: it has no operation, its name is in the evidence. Batches keep
-- when their newest call started, so that the state of a source can be told without reading facts.
alter table oplatency.alerts alter column operation_id drop not null;
alter table oplatency.alerts drop constraint alerts_type_ck;
alter table oplatency.alerts add constraint alerts_type_ck
check (alert_type in ('VIOLATION', 'ANOMALY', 'DEGRADATION', 'CORRELATION', 'SILENCE'));
alter table oplatency.alerts add constraint alerts_operation_ck
check (operation_id is not null or (alert_type = 'SILENCE' and (evidence ->> 'source') is not null));
comment on table oplatency.alerts is
'One row per violation or alerting finding, or per silence of a source, that a person should see.';
comment on column oplatency.alerts.operation_id is
'Operation it is about; null = a source fell silent, which the evidence names.';
comment on column oplatency.alerts.actual_us is
'What was measured, microseconds; of a SILENCE the time without a call or an arrival.';

alter table oplatency.ingest_batches add column newest_call_at timestamptz;
comment on column oplatency.ingest_batches.newest_call_at is
'Latest start among the calls that were facts or became facts with it; null = none, or not published.';
