-- Whether the baselines in force can be trusted: age, samples, coverage, alerts.
-- Grain: one row per operation that has a baseline over all branches.
-- Window: the version in force at the reference time; alerts that happened since its as-of.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_baseline_health as
select
    operation_types.name as operation_type,
    baselines.as_of,
    baselines.n_calls as sample_count,
    baselines.hours_covered,
    baselines.p50_us / 1000 as p50_ms,
    baselines.p75_us / 1000 as p75_ms,
    baselines.p90_us / 1000 as p90_ms,
    baselines.p95_us / 1000 as p95_ms,
    baselines.p99_us / 1000 as p99_ms,
    baselines.p99_is_estimable as p99_estimable,
    baselines.alert_threshold,
    count(alerts.alert_id) as alerts_since,
    extract(epoch from oplatency.reference_time() - baselines.as_of)::double precision / 86400 as age_days
from oplatency.active_baselines as baselines
inner join oplatency.operation_types as operation_types on baselines.operation_id = operation_types.operation_id
left join oplatency.alerts as alerts
    on baselines.operation_id = alerts.operation_id and baselines.as_of <= alerts.observed_at
where baselines.branch_id = 0
group by
    operation_types.name,
    baselines.as_of,
    baselines.n_calls,
    baselines.hours_covered,
    baselines.p50_us,
    baselines.p75_us,
    baselines.p90_us,
    baselines.p95_us,
    baselines.p99_us,
    baselines.p99_is_estimable,
    baselines.alert_threshold
order by operation_types.name;
comment on view oplatency.v_baseline_health is
'The baseline in force of each operation over all branches. Calls with an error are in no baseline.';
comment on column oplatency.v_baseline_health.operation_type is 'Operation.';
comment on column oplatency.v_baseline_health.as_of is 'End of the days it was computed from, exclusive.';
comment on column oplatency.v_baseline_health.sample_count is 'Calls it was computed from.';
comment on column oplatency.v_baseline_health.hours_covered is 'UTC hours of its window that hold at least one call.';
comment on column oplatency.v_baseline_health.p50_ms is
'Median in milliseconds; exact, linear interpolation, as the other percentiles.';
comment on column oplatency.v_baseline_health.p75_ms is '75th percentile in milliseconds.';
comment on column oplatency.v_baseline_health.p90_ms is '90th percentile in milliseconds.';
comment on column oplatency.v_baseline_health.p95_ms is '95th percentile in milliseconds.';
comment on column oplatency.v_baseline_health.p99_ms is '99th percentile in milliseconds.';
comment on column oplatency.v_baseline_health.p99_estimable is
'Whether sample_count allows a 95 % upper bound for p99 (at least 299).';
comment on column oplatency.v_baseline_health.alert_threshold is
'A call slower than p99_ms times this is a violation.';
comment on column oplatency.v_baseline_health.alerts_since is
'Alerts of the operation, of any type and branch, that happened at as_of or later.';
comment on column oplatency.v_baseline_health.age_days is 'Days from as_of to the reference time.';
