-- One staged degradation; branch 0 stands for all branches.
insert into oplatency.staged_degradations
(
    run_token, operation_id, branch_id, window_start, window_end, lookback_days, n_before, n_after, before_us,
    after_us, z, effect, effect_low, effect_high, shape, severity, is_alerting
)
values
(
    %(run_token)s, %(operation_id)s, 0, %(window_start)s, %(window_end)s, %(lookback_days)s, %(n_before)s,
    %(n_after)s, %(before_us)s, %(after_us)s, %(z)s, %(effect)s, %(effect_low)s, %(effect_high)s, %(shape)s,
    %(severity)s, %(is_alerting)s
);
