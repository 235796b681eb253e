-- Days whose level, tail or trend moved, over the seven days before the reference time.
select
    operation,
    kind,
    window_start,
    window_end,
    before_ms,
    after_ms,
    100 * effect as effect_pct,
    severity,
    alerting,
    onset_at,
    onset_low_at,
    onset_high_at,
    no_onset_reason
from oplatency.v_degradations
where
    window_end > oplatency.reference_time() - interval '7 days'
    and window_end <= oplatency.reference_time()
order by window_end, window_start, operation, kind;
