-- The baselines in force. p95 and p99 are cut to whole milliseconds, as the report that this project grew from prints them.
-- Grain: one row per operation. Window: the reference time.
select
    health.operation_type,
    health.sample_count,
    floor(health.p99_ms) as p99_ms,
    floor(health.p95_ms) as p95_ms,
    health.alert_threshold,
    health.days_covered,
    health.lookback_days,
    health.has_low_coverage,
    health.operation_type = any(%(bootstrap)s) as is_bootstrap
from oplatency.v_baseline_health as health
order by health.operation_type;
