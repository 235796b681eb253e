-- One staged degradation.
insert into oplatency.staged_degradations
(
    run_token, operation_id, branch_id, kind, window_start, window_end, lookback_days, n_before, n_after, before_us,
    after_us, z, classical_z, effect, effect_low, effect_high, quantile_shifts, shape, onset_at, onset_low_at,
    onset_high_at, severity, is_alerting, undated_because
)
values
(
    %(run_token)s, %(operation_id)s, %(branch_id)s, %(kind)s, %(window_start)s, %(window_end)s, %(lookback_days)s,
    %(n_before)s, %(n_after)s, %(before_us)s, %(after_us)s, %(z)s, %(classical_z)s, %(effect)s, %(effect_low)s,
    %(effect_high)s, %(quantile_shifts)s, %(shape)s, %(onset_at)s, %(onset_low_at)s, %(onset_high_at)s, %(severity)s,
    %(is_alerting)s, %(undated_because)s
);
