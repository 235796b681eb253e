-- Anomalies, staged or published, as their suites see them.
-- Grain: one row per call or window called abnormal. Window: that of the source. Re-run: reads only.
select
    operations.name as operation,
    branches.name as branch,
    findings.operation_id,
    findings.branch_id,
    findings.kind,
    findings.kind in (select rules.kind from oplatency.rules as rules) as kind_known,
    findings.window_start,
    findings.window_end,
    findings.observed_at,
    findings.identity_hash,
    findings.duration_us,
    findings.expected_us,
    findings.z,
    findings.classical_z,
    findings.effect,
    findings.effect_low,
    findings.effect_high,
    (findings.effect_low is null) = (findings.effect_high is null) as has_both_ends,
    findings.severity,
    findings.is_alerting,
    findings.baseline_id,
    baselines.as_of as baseline_as_of,
    case when findings.kind = (select rules.kind from oplatency.rules as rules where rules.grain = 'call') then baselines.as_of end as point_baseline_as_of,
    baselines.operation_id as baseline_operation_id
from %(anomalies)s as findings
left join oplatency.operation_types as operations on findings.operation_id = operations.operation_id
left join oplatency.branches as branches on findings.branch_id = branches.branch_id
left join oplatency.baselines as baselines on findings.baseline_id = baselines.baseline_id
