-- Keeps recording_limits at the version of each operation's baseline that is in force, as baselines are published.
-- Grain: once per statement that inserts into baselines. Window: the operations whose baselines it adds.
-- Re-run: replaced at each deploy, with its trigger.
create or replace function oplatency.keep_recording_limits()
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
    inner join oplatency.configuration_recency as recency on baselines.config_hash = recency.config_hash
    where baselines.branch_id = 0 and baselines.operation_id in (select added.operation_id from added)
    order by baselines.operation_id asc, baselines.as_of desc, recency.recency_rank asc, baselines.revision desc
    on conflict (operation_id) do update
    set as_of = excluded.as_of, baseline_id = excluded.baseline_id, limit_us = excluded.limit_us
    where kept.baseline_id <> excluded.baseline_id;
    return null;
end
$$;
comment on function oplatency.keep_recording_limits() is 'Keeps recording_limits at the newest version of each baseline.';
create or replace trigger baselines_recording_limits_tg after insert on oplatency.baselines
referencing new table as added
for each statement execute function oplatency.keep_recording_limits();
