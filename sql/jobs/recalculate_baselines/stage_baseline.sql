-- One candidate baseline with its profile; branch 0 stands for all branches.
insert into oplatency.staged_baselines
(
    run_token, operation_id, branch_id, as_of, config_hash, lookback_days, n_calls, hours_covered, min_us, p50_us,
    p75_us, p90_us, p95_us, p99_us, max_us, mean_us, sd_us, p99_is_estimable, alert_threshold, days_covered, excluded,
    excluded_hours, is_new_normal, p50_low_us, p50_high_us, p75_low_us, p75_high_us, p90_low_us, p90_high_us,
    p95_low_us, p95_high_us, p99_low_us, p99_high_us, n_days, is_seasonal, hour_offsets, location, scale_up,
    scale_down, recurring_z
)
values
(
    %(run_token)s, %(operation_id)s, %(branch_id)s, %(as_of)s, %(config_hash)s, %(lookback_days)s, %(n_calls)s,
    %(hours_covered)s, %(min_us)s, %(p50_us)s, %(p75_us)s, %(p90_us)s, %(p95_us)s, %(p99_us)s, %(max_us)s,
    %(mean_us)s, %(sd_us)s, %(p99_is_estimable)s, %(alert_threshold)s, %(days_covered)s, %(excluded)s,
    %(excluded_hours)s, %(is_new_normal)s, %(p50_low_us)s, %(p50_high_us)s, %(p75_low_us)s, %(p75_high_us)s,
    %(p90_low_us)s, %(p90_high_us)s, %(p95_low_us)s, %(p95_high_us)s, %(p99_low_us)s, %(p99_high_us)s, %(n_days)s,
    %(is_seasonal)s, %(hour_offsets)s, %(location)s, %(scale_up)s, %(scale_down)s, %(recurring_z)s
);
