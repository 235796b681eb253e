-- The pairs behind those groups.
select
    operation_a,
    operation_b,
    corrected,
    raw_pearson,
    joint_bins,
    q,
    strength,
    bottleneck
from oplatency.v_correlations
where as_of = (select max(newest.as_of) from oplatency.v_correlations as newest where newest.as_of <= oplatency.reference_time())
order by group_id, operation_a, operation_b;
