-- Candidate baselines of one run with their profiles, as the suite staged_baselines sees them.
-- Grain: one row per candidate. Window: one run token. Re-run: reads only.
select
    operations.name as operation,
    branches.name as branch,
    candidates.operation_id,
    candidates.branch_id,
    candidates.as_of,
    date_trunc('day', candidates.as_of, 'UTC') as as_of_day,
    candidates.config_hash,
    coalesce(candidates.revision, 0) as revision,
    candidates.lookback_days,
    candidates.lookback_days * 24 as hours_in_window,
    candidates.hours_covered,
    candidates.days_covered,
    candidates.excluded_hours,
    candidates.is_new_normal,
    (
        select count(*)
        from jsonb_to_recordset(candidates.excluded) as parts ("from" timestamptz, "to" timestamptz)
        where
            parts."from" < parts."to"
            and parts."from" >= candidates.as_of - make_interval(days => candidates.lookback_days)
            and parts."to" <= candidates.as_of
    ) as n_excluded_in_window,
    jsonb_array_length(candidates.excluded) as n_excluded,
    candidates.p50_low_us,
    candidates.p50_high_us,
    candidates.p75_low_us,
    candidates.p75_high_us,
    candidates.p90_low_us,
    candidates.p90_high_us,
    candidates.p95_low_us,
    candidates.p95_high_us,
    candidates.p99_low_us,
    candidates.p99_high_us,
    candidates.n_calls,
    (configurations.content -> 'baseline' ->> 'min_samples')::bigint as min_samples,
    candidates.min_us,
    candidates.p50_us,
    candidates.p75_us,
    candidates.p90_us,
    candidates.p95_us,
    candidates.p99_us,
    candidates.max_us,
    candidates.mean_us,
    candidates.sd_us,
    candidates.p99_is_estimable,
    candidates.n_calls >= 299 as p99_has_upper_bound,
    candidates.alert_threshold,
    candidates.n_days,
    candidates.is_seasonal,
    cardinality(candidates.hour_offsets) as n_hour_offsets,
    (
        select count(*)
        from unnest(candidates.hour_offsets) as hours (hour_offset)
        where abs(hours.hour_offset) < 'Infinity'
    ) as n_finite_hour_offsets,
    candidates.location,
    candidates.scale_up,
    candidates.scale_down,
    cardinality(candidates.news_z) as n_news_z,
    (
        select count(*)
        from unnest(candidates.news_z) as quarters (z)
        where quarters.z > 0 and quarters.z < 'Infinity'
    ) as n_positive_news_z
from oplatency.staged_baselines as candidates
left join oplatency.operation_types as operations on candidates.operation_id = operations.operation_id
left join oplatency.branches as branches on candidates.branch_id = branches.branch_id
left join oplatency.configurations as configurations on candidates.config_hash = configurations.config_hash
where candidates.run_token = %(run_token)s
