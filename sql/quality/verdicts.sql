-- Verdicts, staged or published, as their suites see them.
-- Grain: one row per operation, branch, window and rule. Window: that of the source. Re-run: reads only.
select
    operations.name as operation,
    branches.name as branch,
    findings.operation_id,
    findings.branch_id,
    findings.rule,
    findings.rule in (select rules.rule from oplatency.rules as rules) as rule_known,
    findings.window_start,
    findings.window_end,
    findings.baseline_as_of,
    findings.n_calls,
    findings.n_findings,
    findings.outcome,
    findings.observed,
    findings.expected,
    findings.needed,
    jsonb_array_length(findings.gates) as n_gates,
    findings.outcome <> 'alert' or not findings.gates @? '$[*][3] ? (@ == false)' as alert_passed_all,
    (findings.n_findings > 0) = (findings.outcome in ('alert', 'finding')) as findings_agree
from %(verdicts)s as findings
left join oplatency.operation_types as operations on findings.operation_id = operations.operation_id
left join oplatency.branches as branches on findings.branch_id = branches.branch_id
