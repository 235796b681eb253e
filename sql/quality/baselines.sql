-- Baselines with their profiles, staged or published, as their suites see them.
-- Grain: one row per candidate or version. Window: that of the source. Re-run: reads only.
select
    operations.name as operation,
    branches.name as branch,
    versions.operation_id,
    versions.branch_id,
    versions.as_of,
    date_trunc('day', versions.as_of, 'UTC') as as_of_day,
    versions.config_hash,
    coalesce(versions.revision, 0) as revision,
    versions.lookback_days,
    versions.lookback_days * 24 as hours_in_window,
    versions.hours_covered,
    versions.days_covered,
    versions.excluded_hours,
    versions.is_new_normal,
    (
        select count(*)
        from jsonb_to_recordset(versions.excluded) as parts ("from" timestamptz, "to" timestamptz)
        where
            parts."from" < parts."to"
            and parts."from" >= versions.as_of - make_interval(days => versions.lookback_days)
            and parts."to" <= versions.as_of
    ) as n_excluded_in_window,
    jsonb_array_length(versions.excluded) as n_excluded,
    versions.p50_low_us,
    versions.p50_high_us,
    versions.p75_low_us,
    versions.p75_high_us,
    versions.p90_low_us,
    versions.p90_high_us,
    versions.p95_low_us,
    versions.p95_high_us,
    versions.p99_low_us,
    versions.p99_high_us,
    versions.n_calls,
    (configurations.content -> 'baseline' ->> 'min_samples')::bigint as min_samples,
    versions.min_us,
    versions.p50_us,
    versions.p75_us,
    versions.p90_us,
    versions.p95_us,
    versions.p99_us,
    versions.max_us,
    versions.mean_us,
    versions.sd_us,
    versions.p99_is_estimable,
    versions.n_calls >= 299 as p99_has_upper_bound,
    versions.alert_threshold,
    versions.n_days,
    versions.is_seasonal,
    cardinality(versions.hour_offsets) as n_hour_offsets,
    (
        select count(*)
        from unnest(versions.hour_offsets) as hours (hour_offset)
        where abs(hours.hour_offset) < 'Infinity'
    ) as n_finite_hour_offsets,
    versions.location,
    versions.scale_up,
    versions.scale_down,
    cardinality(versions.recurring_z) as n_recurring_z,
    (
        select count(*)
        from unnest(versions.recurring_z) as quarters (z)
        where quarters.z > 0 and quarters.z < 'Infinity'
    ) as n_positive_recurring_z
from %(baselines)s as versions
left join oplatency.operation_types as operations on versions.operation_id = operations.operation_id
left join oplatency.branches as branches on versions.branch_id = branches.branch_id
left join oplatency.configurations as configurations on versions.config_hash = configurations.config_hash
