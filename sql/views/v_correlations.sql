-- Which operations slow together, pair by pair.
-- Grain: one row per window and pair of operations that passed the tests.
-- Window: everything stored; as_of names the window [as_of - 24 h, as_of).
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_correlations as
select
    correlations.as_of,
    operations_a.name as operation_a,
    operations_b.name as operation_b,
    correlations.raw_pearson,
    correlations.raw_spearman,
    correlations.corrected,
    correlations.joint_bins,
    correlations.effective_n,
    correlations.p,
    correlations.q,
    correlations.lag_bins,
    correlations.strength,
    correlations.group_no as group_id,
    bottlenecks.title as bottleneck,
    correlations.bottleneck as bottleneck_id,
    oplatency.finding_id(
        'correlation',
        operations_a.name,
        operations_b.name,
        extract(epoch from correlations.as_of)::text
    ) as finding_id
from oplatency.correlations as correlations
inner join oplatency.operation_types as operations_a on correlations.operation_a_id = operations_a.operation_id
inner join oplatency.operation_types as operations_b on correlations.operation_b_id = operations_b.operation_id
left join oplatency.bottlenecks as bottlenecks on correlations.bottleneck = bottlenecks.bottleneck;
comment on view oplatency.v_correlations is 'Pairs of operations that slow together within a window.';
comment on column oplatency.v_correlations.as_of is 'End of the window, exclusive.';
comment on column oplatency.v_correlations.operation_a is 'First operation of the pair.';
comment on column oplatency.v_correlations.operation_b is 'Second operation of the pair.';
comment on column oplatency.v_correlations.raw_pearson is
'Pearson coefficient of one-minute mean durations, -1 to 1; null = not defined.';
comment on column oplatency.v_correlations.raw_spearman is
'Spearman coefficient of the same, -1 to 1; null = not defined.';
comment on column oplatency.v_correlations.corrected is
'Pearson coefficient after what all operations share is taken off, -1 to 1; null = too few common bins.';
comment on column oplatency.v_correlations.joint_bins is 'Bins in which both were slow.';
comment on column oplatency.v_correlations.effective_n is 'Independent bins, autocorrelation taken off.';
comment on column oplatency.v_correlations.p is 'One-sided probability under independence, 0 to 1.';
comment on column oplatency.v_correlations.q is 'The same after Benjamini-Hochberg over all pairs, 0 to 1.';
comment on column oplatency.v_correlations.lag_bins is 'Shift of operation_b at which they match best, in bins.';
comment on column oplatency.v_correlations.strength is 'moderate, strong, critical or co-exceedance.';
comment on column oplatency.v_correlations.group_id is
'Group of the pair: with as_of the key of v_correlation_groups.';
comment on column oplatency.v_correlations.bottleneck is 'Likely shared cause, in words.';
comment on column oplatency.v_correlations.bottleneck_id is 'Id of the likely shared cause.';
comment on column oplatency.v_correlations.finding_id is
'Identifier of the pair and window: the same after a re-run or a rebuild.';
