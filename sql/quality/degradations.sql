-- Degradations, staged or published, as their suites see them.
-- Grain: one row per operation, rule and judged window. Window: that of the source. Re-run: reads only.
select
    operations.name as operation,
    branches.name as branch,
    findings.operation_id,
    findings.branch_id,
    findings.kind,
    findings.kind in (select rules.kind from oplatency.rules as rules where rules.grain = 'day') as kind_known,
    findings.window_start,
    date_trunc('day', findings.window_start, 'UTC') as window_start_day,
    findings.window_end,
    date_trunc('day', findings.window_end, 'UTC') as window_end_day,
    findings.lookback_days,
    findings.n_before,
    findings.n_after,
    findings.before_us,
    findings.after_us,
    findings.z,
    findings.classical_z,
    findings.effect,
    findings.effect_low,
    findings.effect_high,
    (findings.effect_low is null) = (findings.effect_high is null) as has_both_ends,
    findings.shape,
    findings.onset_low_at,
    findings.onset_at,
    findings.onset_high_at,
    (findings.onset_at is null) <> (findings.no_onset_reason is null) as has_date_or_reason,
    (findings.no_onset_reason is null) = (reasons.no_onset_reason is null) as reason_known,
    findings.severity,
    findings.is_alerting
from %(degradations)s as findings
left join oplatency.operation_types as operations on findings.operation_id = operations.operation_id
left join oplatency.branches as branches on findings.branch_id = branches.branch_id
left join oplatency.no_onset_reasons as reasons on findings.no_onset_reason = reasons.no_onset_reason
