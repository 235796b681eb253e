-- One staged pair.
insert into oplatency.staged_correlations
(
    run_token, as_of, operation_a_id, operation_b_id, raw_pearson, raw_spearman, corrected, joint_bins,
    effective_n, p, q, lag_bins, strength, group_no, bottleneck
)
values
(
    %(run_token)s, %(as_of)s, %(operation_a_id)s, %(operation_b_id)s, %(raw_pearson)s, %(raw_spearman)s,
    %(corrected)s, %(joint_bins)s, %(effective_n)s, %(p)s, %(q)s, %(lag_bins)s, %(strength)s, %(group_no)s,
    %(bottleneck)s
);
