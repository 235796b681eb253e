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
    (
        select count(*)
        from oplatency.alerts as alerts
        where baselines.operation_id = alerts.operation_id and baselines.as_of <= alerts.observed_at
    ) as alerts_since,
    extract(epoch from oplatency.reference_time() - baselines.as_of)::double precision / 86400 as age_days,
    baselines.lookback_days,
    baselines.days_covered,
    baselines.days_covered
    < baselines.lookback_days * (configurations.content -> 'baseline' ->> 'min_coverage')::double precision as has_low_coverage,
    baselines.excluded_hours,
    baselines.is_new_normal as new_normal,
    baselines.p90_is_estimable as p90_estimable,
    baselines.p95_is_estimable as p95_estimable,
    baselines.p99_low_us / 1000 as p99_low_ms,
    baselines.p99_high_us / 1000 as p99_high_ms,
    (
        select count(*)
        from oplatency.active_baselines as of_branches
        where
            baselines.operation_id = of_branches.operation_id
            and baselines.as_of = of_branches.as_of
            and of_branches.branch_id <> 0
    ) as branch_baselines
from oplatency.active_baselines as baselines
inner join oplatency.operation_types as operation_types on baselines.operation_id = operation_types.operation_id
inner join oplatency.configurations as configurations on baselines.config_hash = configurations.config_hash
where baselines.branch_id = 0
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
comment on column oplatency.v_baseline_health.lookback_days is 'Days asked for.';
comment on column oplatency.v_baseline_health.days_covered is
'Days it got: those with calls, the first from its first call on; null = not measured when it was computed.';
comment on column oplatency.v_baseline_health.has_low_coverage is
'Whether that is less than baseline.min_coverage asks: nothing judged against it alerts; null = not known.';
comment on column oplatency.v_baseline_health.excluded_hours is 'Hours of its window that were left out; v_excluded_intervals lists them.';
comment on column oplatency.v_baseline_health.new_normal is
'Whether more than the limit would have been left out, so that nothing was.';
comment on column oplatency.v_baseline_health.p90_estimable is 'The same for p90 (at least 29).';
comment on column oplatency.v_baseline_health.p95_estimable is 'The same for p95 (at least 59).';
comment on column oplatency.v_baseline_health.p99_low_ms is
'Lower end of the 95 % interval of p99 in milliseconds; null = too few calls.';
comment on column oplatency.v_baseline_health.p99_high_ms is
'Upper end of the 95 % interval of p99 in milliseconds; null = fewer than 368 calls.';
comment on column oplatency.v_baseline_health.branch_baselines is 'Branches that have a baseline of their own of the same as-of.';
