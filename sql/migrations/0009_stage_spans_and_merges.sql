-- What a source brings besides calls: steps of traces and merges, staged as text like everything else.
alter table oplatency.staged_rows add column kind text;
alter table oplatency.staged_rows add column record text;
comment on column oplatency.staged_rows.kind is 'span or merge; null = a call.';
comment on column oplatency.staged_rows.record is 'JSON object as text: what only spans or merges have; null = a call.';
