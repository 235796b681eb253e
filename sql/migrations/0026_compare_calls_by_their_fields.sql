-- A conflict is told from a duplicate by the fields themselves, which are stored anyway: a hash over them cost a third of
-- what typing a row costs, and eight bytes of every fact.
alter table oplatency.metrics drop column content_hash;
alter table oplatency.staged_metrics drop column content_hash;
drop function if exists oplatency.content_hash64(text);

alter table oplatency.staged_groups add column n_plain bigint not null default 0;
alter table oplatency.staged_groups add column newest_at timestamptz;
comment on column oplatency.staged_groups.n_plain is 'Of them, rows that were typed as they came and have no twin in staged_rows.';
comment on column oplatency.staged_groups.newest_at is 'When the newest of them started.';
