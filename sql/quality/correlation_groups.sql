-- Correlation groups, staged or published, as their suites see them.
-- Grain: one row per group of operations. Window: that of the source. Re-run: reads only.
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
    bottlenecks.bottleneck is not null as bottleneck_known,
    findings.is_alerting,
    (
        select count(*)
        from %(correlations)s as pairs
        where
            pairs.as_of = findings.as_of
            and pairs.group_no = findings.group_no
    ) as n_pairs
from %(correlation_groups)s as findings
left join oplatency.bottlenecks as bottlenecks on findings.bottleneck = bottlenecks.bottleneck
