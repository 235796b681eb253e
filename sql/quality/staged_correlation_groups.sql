-- Correlation groups of one run that wait for the audit, as the suite staged_correlation_groups sees them.
-- Grain: one row per group of operations. Window: one run token. Re-run: reads only.
select
    findings.as_of,
    date_trunc('hour', findings.as_of, 'UTC') as as_of_hour,
    findings.group_no,
    array_to_string(findings.members, ', ') as members,
    cardinality(findings.members) as n_members,
    (
        select count(distinct operations.operation_id)
        from oplatency.operation_types as operations
        where operations.name = any(findings.members)
    ) as n_known_members,
    findings.onset_at,
    findings.bottleneck,
    findings.recommendation,
    findings.is_alerting,
    (
        select count(*)
        from oplatency.staged_correlations as pairs
        where
            pairs.as_of = findings.as_of
            and pairs.group_no = findings.group_no
            and pairs.run_token = findings.run_token
    ) as n_pairs
from oplatency.staged_correlation_groups as findings
where findings.run_token = %(run_token)s
