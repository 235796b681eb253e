-- Every baseline that was ever computed.
-- Grain: one row per operation, branch, as-of, configuration and revision.
-- Window: everything stored.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_baseline_versions as
select
    operation_types.name as operation,
    branches.name as branch,
    baselines.as_of,
    baselines.revision,
    baselines.config_hash,
    baselines.lookback_days,
    baselines.n_calls as calls,
    profiles.n_days as days_covered,
    baselines.hours_covered,
    baselines.min_us / 1000.0::double precision as min_ms,
    baselines.p50_us / 1000 as p50_ms,
    baselines.p75_us / 1000 as p75_ms,
    baselines.p90_us / 1000 as p90_ms,
    baselines.p95_us / 1000 as p95_ms,
    baselines.p99_us / 1000 as p99_ms,
    baselines.max_us / 1000.0::double precision as max_ms,
    baselines.mean_us / 1000 as mean_ms,
    baselines.sd_us / 1000 as sd_ms,
    baselines.p99_is_estimable as p99_estimable,
    baselines.alert_threshold,
    baselines.days_covered as covered_days,
    baselines.excluded,
    baselines.excluded_hours,
    baselines.is_new_normal as new_normal,
    oplatency.finding_id(
        'baseline',
        operation_types.name,
        branches.name,
        extract(epoch from baselines.as_of)::text,
        baselines.config_hash,
        baselines.revision::text
    ) as finding_id
from oplatency.baselines as baselines
inner join oplatency.operation_types as operation_types on baselines.operation_id = operation_types.operation_id
inner join oplatency.branches as branches on baselines.branch_id = branches.branch_id
left join oplatency.baseline_profiles as profiles on baselines.baseline_id = profiles.baseline_id;
comment on view oplatency.v_baseline_versions is
'Every baseline that was ever computed; v_baseline_health shows those in force.';
comment on column oplatency.v_baseline_versions.operation is 'Operation.';
comment on column oplatency.v_baseline_versions.branch is 'Branch; (all) = all branches.';
comment on column oplatency.v_baseline_versions.as_of is 'End of the days it was computed from, exclusive.';
comment on column oplatency.v_baseline_versions.revision is 'Counts contents of the same key, from 1; the highest holds.';
comment on column oplatency.v_baseline_versions.config_hash is 'Settings it was computed with.';
comment on column oplatency.v_baseline_versions.lookback_days is 'Days that were asked for.';
comment on column oplatency.v_baseline_versions.calls is 'Calls it was computed from.';
comment on column oplatency.v_baseline_versions.days_covered is 'UTC days of the window that hold a call; null = no profile.';
comment on column oplatency.v_baseline_versions.hours_covered is 'UTC hours of the window that hold a call.';
comment on column oplatency.v_baseline_versions.min_ms is 'Fastest call in milliseconds.';
comment on column oplatency.v_baseline_versions.p50_ms is 'Median in milliseconds; exact, linear interpolation, as all here.';
comment on column oplatency.v_baseline_versions.p75_ms is '75th percentile in milliseconds.';
comment on column oplatency.v_baseline_versions.p90_ms is '90th percentile in milliseconds.';
comment on column oplatency.v_baseline_versions.p95_ms is '95th percentile in milliseconds.';
comment on column oplatency.v_baseline_versions.p99_ms is '99th percentile in milliseconds.';
comment on column oplatency.v_baseline_versions.max_ms is 'Slowest call in milliseconds.';
comment on column oplatency.v_baseline_versions.mean_ms is 'Arithmetic mean in milliseconds.';
comment on column oplatency.v_baseline_versions.sd_ms is 'Sample standard deviation (n - 1) in milliseconds.';
comment on column oplatency.v_baseline_versions.p99_estimable is 'Whether the calls allow a 95 % upper bound for p99 (at least 299).';
comment on column oplatency.v_baseline_versions.alert_threshold is 'A call slower than p99_ms times this is a violation.';
comment on column oplatency.v_baseline_versions.covered_days is
'Days of the window with calls, the first counted from its first call on; null = not measured.';
comment on column oplatency.v_baseline_versions.excluded is 'Intervals excluded: from, to, origin (alert, person, incident), reason.';
comment on column oplatency.v_baseline_versions.excluded_hours is 'Length of the intervals excluded, hours.';
comment on column oplatency.v_baseline_versions.new_normal is 'Whether more than the limit would have been left out, and so nothing was.';
comment on column oplatency.v_baseline_versions.finding_id is
'Identifier of the version: the same after a re-run or a rebuild.';
