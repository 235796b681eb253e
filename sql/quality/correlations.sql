-- Correlated pairs, staged or published, as their suites see them.
-- Grain: one row per pair of operations. Window: that of the source. Re-run: reads only.
select
    findings.as_of,
    date_trunc('hour', findings.as_of, 'UTC') as as_of_hour,
    operations_a.name as operation_a,
    operations_b.name as operation_b,
    least(findings.operation_a_id, findings.operation_b_id) as lower_operation_id,
    greatest(findings.operation_a_id, findings.operation_b_id) as higher_operation_id,
    findings.operation_a_id <> findings.operation_b_id as operations_differ,
    findings.raw_pearson,
    findings.raw_spearman,
    findings.corrected,
    findings.corrected is not null or findings.strength = 'co-exceedance' as strength_has_coefficient,
    findings.joint_bins,
    findings.effective_n,
    findings.p,
    findings.q,
    findings.lag_bins,
    findings.strength,
    findings.group_no,
    findings.bottleneck,
    bottlenecks.bottleneck is not null as bottleneck_known,
    (
        select count(*)
        from %(correlation_groups)s as pair_groups
        where
            pair_groups.as_of = findings.as_of
            and pair_groups.group_no = findings.group_no
            and operations_a.name = any(pair_groups.members)
            and operations_b.name = any(pair_groups.members)
    ) as n_groups_with_both
from %(correlations)s as findings
left join oplatency.operation_types as operations_a on findings.operation_a_id = operations_a.operation_id
left join oplatency.operation_types as operations_b on findings.operation_b_id = operations_b.operation_id
left join oplatency.bottlenecks as bottlenecks on findings.bottleneck = bottlenecks.bottleneck
