-- Calls recorded by the SQL functions come one by one, inside transactions of the application that is measured, and
-- these may stay open for long. Nothing they write may make another of them wait: no row is shared between them.
-- A recorded call is its own batch: stored, or refused to its caller. It has no row in ingest_batches; its batch_id is
-- minus the number of the transaction that recorded it, which also keeps dirty_ranges free of waits on a unique key.
alter table oplatency.dirty_ranges drop constraint if exists dirty_ranges_batch_id_fk;
alter table oplatency.dirty_ranges drop constraint if exists dirty_ranges_operation_id_fk;
comment on column oplatency.dirty_ranges.batch_id is
'Batch that brought them; negative = minus the number of the transaction that recorded them.';
comment on column oplatency.metrics.batch_id is
'Batch it came with; negative = minus the number of the transaction that recorded it.';

alter table oplatency.spans drop constraint if exists spans_batch_id_fk;
alter table oplatency."merges" drop constraint if exists merges_batch_id_fk;
comment on column oplatency.spans.batch_id is
'Batch it came with; negative = minus the number of the transaction that recorded it; null = it came with none.';
comment on column oplatency.merges.batch_id is
'Batch it came with; negative = minus the number of the transaction that recorded it; null = it came with none.';
-- an end names the step alone, so among recorded running steps it must be unique; finished ones leave the index
create unique index spans_running_uq on oplatency.spans (span_id) where span_status = 'RUNNING' and batch_id < 0;

create sequence oplatency.recorded_calls_sq;
comment on sequence oplatency.recorded_calls_sq is 'Numbers recorded calls, so that two equal ones have two identities.';

-- The limit of each operation, kept beside the baselines: the measured application waits for this look-up at each call.
create table oplatency.recording_limits (
    operation_id integer not null
        constraint recording_limits_pk primary key,
    as_of timestamptz not null,
    baseline_id bigint not null,
    limit_us double precision not null
);
comment on table oplatency.recording_limits is
'One row per operation with a baseline over all branches: the newest version''s limit. Written when baselines are published.';
comment on column oplatency.recording_limits.operation_id is 'Operation it is about.';
comment on column oplatency.recording_limits.as_of is 'As-of of the baseline; for calls that started before it another version holds.';
comment on column oplatency.recording_limits.baseline_id is 'The newest baseline version.';
comment on column oplatency.recording_limits.limit_us is 'Its p99 times its threshold, microseconds: a slower call is a violation.';
insert into oplatency.recording_limits (operation_id, as_of, baseline_id, limit_us)
select distinct on (baselines.operation_id)
    baselines.operation_id,
    baselines.as_of,
    baselines.baseline_id,
    baselines.p99_us * baselines.alert_threshold
from oplatency.baselines as baselines
inner join oplatency.configurations as configurations on baselines.config_hash = configurations.config_hash
left join (
    select
        config_hash,
        max(use_no) as last_use_no
    from oplatency.configuration_uses
    group by config_hash
) as uses on baselines.config_hash = uses.config_hash
where baselines.branch_id = 0
order by baselines.operation_id asc, baselines.as_of desc, uses.last_use_no desc nulls last, configurations.config_no desc, baselines.revision desc;

create function oplatency.keep_recording_limits()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into oplatency.recording_limits as kept (operation_id, as_of, baseline_id, limit_us)
    select distinct on (baselines.operation_id)
        baselines.operation_id,
        baselines.as_of,
        baselines.baseline_id,
        baselines.p99_us * baselines.alert_threshold
    from oplatency.baselines as baselines
    inner join oplatency.configurations as configurations on baselines.config_hash = configurations.config_hash
    left join (
        select
            config_hash,
            max(use_no) as last_use_no
        from oplatency.configuration_uses
        group by config_hash
    ) as uses on baselines.config_hash = uses.config_hash
    where baselines.branch_id = 0 and baselines.operation_id in (select added.operation_id from added)
    order by baselines.operation_id asc, baselines.as_of desc, uses.last_use_no desc nulls last, configurations.config_no desc, baselines.revision desc
    on conflict (operation_id) do update
    set as_of = excluded.as_of, baseline_id = excluded.baseline_id, limit_us = excluded.limit_us
    where kept.baseline_id <> excluded.baseline_id;
    return null;
end
$$;
comment on function oplatency.keep_recording_limits() is 'Keeps recording_limits at the newest version of each baseline.';
create trigger baselines_recording_limits_tg after insert on oplatency.baselines
referencing new table as added
for each statement execute function oplatency.keep_recording_limits();
