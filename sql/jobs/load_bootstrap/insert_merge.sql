-- One merge of the bootstrap data; its identity keeps a second load out.
insert into oplatency."merges"
(
    identity_hash, source_branch_id, target_branch_id, user_id, started_at, total_us, merge_base_us, conflict_detection_us,
    auto_resolution_us, n_conflicts, n_auto_resolved, n_unresolved, merge_status
)
values
(
    oplatency.hash64('bootstrap ' || %(source_branch)s || ' ' || %(target_branch)s),
    (select branches.branch_id from oplatency.branches as branches where branches.name = %(source_branch)s),
    (select branches.branch_id from oplatency.branches as branches where branches.name = %(target_branch)s),
    (select users.user_id from oplatency.users as users where users.name = %(user)s),
    %(started_at)s,
    %(total_us)s,
    %(merge_base_us)s,
    %(conflict_detection_us)s,
    %(auto_resolution_us)s,
    %(conflicts)s,
    %(auto_resolved)s,
    %(unresolved)s,
    %(merge_status)s
)
on conflict (identity_hash) do nothing;
