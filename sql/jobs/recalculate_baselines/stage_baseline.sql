-- One candidate baseline with its profile.
insert into oplatency.staged_baselines
(
    run_token, operation_id, branch_id, as_of, config_hash, lookback_days, n_calls, hours_covered, min_us, p50_us, p75_us,
    p90_us, p95_us, p99_us, max_us, mean_us, sd_us, p99_is_estimable, alert_threshold, n_days, is_seasonal, hour_offsets,
    location, scale_up, scale_down
)
values
(
    %(run_token)s, %(operation_id)s, 0, %(as_of)s, %(config_hash)s, %(lookback_days)s, %(n_calls)s, %(hours_covered)s,
    %(min_us)s, %(p50_us)s, %(p75_us)s, %(p90_us)s, %(p95_us)s, %(p99_us)s, %(max_us)s, %(mean_us)s, %(sd_us)s,
    %(p99_is_estimable)s, %(alert_threshold)s, %(n_days)s, %(is_seasonal)s, %(hour_offsets)s, %(location)s, %(scale_up)s,
    %(scale_down)s
);
