-- Baseline versions, for files.
-- Grain: one row per operation, branch, as-of, configuration and revision. Window: as-ofs in [window_start, window_end);
-- null = no limit. Re-run: reads only.
select
    operation,
    branch,
    as_of,
    revision,
    config_hash,
    lookback_days,
    calls,
    days_covered,
    hours_covered,
    min_ms,
    p50_ms,
    p75_ms,
    p90_ms,
    p95_ms,
    p99_ms,
    max_ms,
    mean_ms,
    sd_ms,
    p99_estimable,
    alert_threshold
from oplatency.v_baseline_versions
where
    (%(window_start)s::timestamptz is null or as_of >= %(window_start)s::timestamptz)
    and (%(window_end)s::timestamptz is null or as_of < %(window_end)s::timestamptz)
    and (%(operation)s::text is null or operation = %(operation)s::text)
order by as_of, operation, branch, config_hash, revision;
