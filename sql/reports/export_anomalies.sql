-- Findings of every kind, for files.
-- Grain: one row per finding. Window: those judged in (window_start, window_end], by the end of what was judged; null = no limit.
-- Re-run: reads only.
select
    operation,
    branch,
    kind,
    window_start,
    window_end,
    observed_at,
    duration_ms,
    expected_ms,
    z,
    classical_z,
    effect,
    effect_low,
    effect_high,
    severity,
    alerting,
    combined,
    baseline_as_of,
    told_by,
    shape,
    quantile_shifts,
    onset_at,
    onset_low_at,
    onset_high_at,
    call_branch,
    baseline_level,
    undated_because
from oplatency.v_anomalies
where
    (%(window_start)s::timestamptz is null or window_end > %(window_start)s::timestamptz)
    and (%(window_end)s::timestamptz is null or window_end <= %(window_end)s::timestamptz)
    and (%(operation)s::text is null or operation = %(operation)s::text)
order by window_start, operation, branch, kind, window_end, observed_at, duration_ms;
