-- Results that wait for their audit. Each table mirrors the one it is published to, without constraints: the audit
-- judges the rows.
create table oplatency.staged_baselines as
select
    null::uuid as run_token,
    baselines.baseline_id,
    baselines.operation_id,
    baselines.branch_id,
    baselines.as_of,
    baselines.config_hash,
    baselines.revision,
    baselines.lookback_days,
    baselines.n_calls,
    baselines.hours_covered,
    baselines.days_covered,
    baselines.excluded,
    baselines.excluded_hours,
    baselines.is_new_normal,
    baselines.min_us,
    baselines.p50_us,
    baselines.p50_low_us,
    baselines.p50_high_us,
    baselines.p75_us,
    baselines.p75_low_us,
    baselines.p75_high_us,
    baselines.p90_us,
    baselines.p90_low_us,
    baselines.p90_high_us,
    baselines.p95_us,
    baselines.p95_low_us,
    baselines.p95_high_us,
    baselines.p99_us,
    baselines.p99_low_us,
    baselines.p99_high_us,
    baselines.p99_is_estimable,
    baselines.max_us,
    baselines.mean_us,
    baselines.sd_us,
    baselines.alert_threshold,
    profiles.n_days,
    profiles.is_seasonal,
    profiles.hour_offsets,
    profiles.location,
    profiles.scale_up,
    profiles.scale_down,
    profiles.recurring_z
from oplatency.baselines as baselines
inner join oplatency.baseline_profiles as profiles on baselines.baseline_id = profiles.baseline_id
with no data;

create table oplatency.staged_violations as
select null::uuid as run_token, source.*
from oplatency.violations as source
with no data;

create table oplatency.staged_anomalies as
select null::uuid as run_token, source.*
from oplatency.anomalies as source
with no data;

create table oplatency.staged_degradations as
select null::uuid as run_token, source.*
from oplatency.degradations as source
with no data;

create table oplatency.staged_verdicts as
select null::uuid as run_token, source.*
from oplatency.verdicts as source
with no data;

create table oplatency.staged_correlations as
select null::uuid as run_token, source.*
from oplatency.correlations as source
with no data;

create table oplatency.staged_correlation_groups as
select null::uuid as run_token, source.*
from oplatency.correlation_groups as source
with no data;

-- The same column means the same thing, so its comment is copied.
do $$
declare
    mirrored text;
    described record;
begin
    foreach mirrored in array array[
        'baselines', 'violations', 'anomalies', 'degradations', 'verdicts', 'correlations', 'correlation_groups'
    ]
    loop
        execute format(
            'create index %I on oplatency.%I (run_token)', 'staged_' || mirrored || '_run_token_ix', 'staged_' || mirrored
        );
        execute format(
            'comment on table oplatency.%I is %L', 'staged_' || mirrored,
            'Rows of ' || mirrored || ' that wait for the audit; no constraints, the audit judges them.'
        );
        execute format(
            'comment on column oplatency.%I.run_token is %L', 'staged_' || mirrored, 'Run that staged the row.'
        );
        for described in
            select
                copies.attname as column_name,
                max(pg_catalog.col_description(columns.attrelid, columns.attnum)) as description
            from pg_catalog.pg_attribute as copies
            inner join pg_catalog.pg_attribute as columns on copies.attname = columns.attname
            where
                copies.attrelid = format('oplatency.%I', 'staged_' || mirrored)::regclass
                and copies.attnum > 0
                and columns.attnum > 0
                and columns.attrelid in (
                    format('oplatency.%I', mirrored)::regclass,
                    case when mirrored = 'baselines' then 'oplatency.baseline_profiles'::regclass end
                )
            group by copies.attname
        loop
            execute format(
                'comment on column oplatency.%I.%I is %L', 'staged_' || mirrored, described.column_name,
                described.description
            );
        end loop;
    end loop;
end
$$;
comment on table oplatency.staged_baselines is
'Candidate baselines with their profiles that wait for the audit; no constraints, the audit judges them.';
