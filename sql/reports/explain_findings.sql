-- The findings on one operation that an hour is part of.
-- Grain: one row per finding. Window: windows that hold the hour from hour_start on. Re-run: reads only.
select
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
    alerted_by,
    shape,
    onset_at,
    onset_low_at,
    onset_high_at,
    no_onset_reason,
    call_branch,
    baseline_level
from oplatency.v_anomalies
where
    operation = %(operation)s
    and window_start <= %(hour_start)s
    and window_end > %(hour_start)s
    and (%(branch)s::text is null or call_branch is null or call_branch = %(branch)s::text)
order by alerting desc, z desc, observed_at asc;
