-- Makes the staged degradations of a run visible and drops them from staging.
with staged as (
    delete from oplatency.staged_degradations
    where run_token = %(run_token)s
    returning *
)

insert into oplatency.degradations
(
    operation_id, branch_id, kind, window_start, window_end, lookback_days, n_before, n_after, before_us, after_us, z,
    classical_z, effect, effect_low, effect_high, quantile_shifts, shape, onset_at, onset_low_at, onset_high_at,
    severity, is_alerting, no_onset_reason
)
select
    operation_id,
    branch_id,
    kind,
    window_start,
    window_end,
    lookback_days,
    n_before,
    n_after,
    before_us,
    after_us,
    z,
    classical_z,
    effect,
    effect_low,
    effect_high,
    quantile_shifts,
    shape,
    onset_at,
    onset_low_at,
    onset_high_at,
    severity,
    is_alerting,
    no_onset_reason
from staged
order by operation_id, window_end, kind, window_start;
