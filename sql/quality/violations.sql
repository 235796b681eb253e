-- Violations, staged or published, as their suites see them.
-- Grain: one row per call over its limit. Window: that of the source. Re-run: reads only.
select
    operations.name as operation,
    branches.name as branch,
    findings.operation_id,
    findings.branch_id,
    findings.observed_at,
    findings.identity_hash,
    findings.duration_us,
    findings.limit_us,
    findings.severity,
    findings.baseline_id,
    baselines.as_of as baseline_as_of,
    baselines.operation_id as baseline_operation_id
from %(violations)s as findings
left join oplatency.operation_types as operations on findings.operation_id = operations.operation_id
left join oplatency.branches as branches on findings.branch_id = branches.branch_id
left join oplatency.baselines as baselines on findings.baseline_id = baselines.baseline_id
