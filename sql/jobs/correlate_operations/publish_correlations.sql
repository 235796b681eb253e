-- Makes the staged correlations of a run visible and drops them from staging.
with staged as (
    delete from oplatency.staged_correlations
    where run_token = %(run_token)s
    returning *
)

insert into oplatency.correlations
(
    as_of, operation_a_id, operation_b_id, raw_pearson, raw_spearman, corrected, joint_bins, effective_n, p, q,
    lag_bins, strength, group_no, bottleneck
)
select
    as_of,
    operation_a_id,
    operation_b_id,
    raw_pearson,
    raw_spearman,
    corrected,
    joint_bins,
    effective_n,
    p,
    q,
    lag_bins,
    strength,
    group_no,
    bottleneck
from staged
order by operation_a_id, operation_b_id;
