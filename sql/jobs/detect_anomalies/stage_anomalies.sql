-- One staged anomaly.
insert into oplatency.staged_anomalies
(
    run_token, operation_id, branch_id, kind, window_start, window_end, observed_at, identity_hash, duration_us,
    expected_us, z, classical_z, effect, severity, is_alerting, baseline_id, call_branch_id, baseline_level
)
values
(
    %(run_token)s, %(operation_id)s, %(branch_id)s, %(kind)s, %(window_start)s, %(window_end)s, %(observed_at)s,
    %(identity_hash)s, %(duration_us)s, %(expected_us)s, %(z)s, %(classical_z)s, %(effect)s, %(severity)s,
    %(is_alerting)s, %(baseline_id)s, %(call_branch_id)s, %(baseline_level)s
);
