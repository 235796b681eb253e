-- What each merge took, by phase, and how its conflicts ended.
-- Grain: one row per merge.
-- Window: everything stored.
-- Re-run: replaced at each deploy; holds no rows of its own.
-- The name of the table is quoted for sqlfluff, which takes it for a keyword.
create or replace view oplatency.v_merge_performance_summary as
select
    merge_rows.merge_id,
    source_branches.name as source_branch,
    target_branches.name as target_branch,
    merge_rows.total_us::double precision / 1000 as total_ms,
    merge_rows.merge_base_us::double precision / 1000 as merge_base_ms,
    merge_rows.conflict_detection_us::double precision / 1000 as conflict_detection_ms,
    merge_rows.auto_resolution_us::double precision / 1000 as auto_resolution_ms,
    merge_rows.n_conflicts as conflict_count,
    merge_rows.n_auto_resolved as auto_resolved,
    merge_rows.n_unresolved as unresolved,
    100 * merge_rows.n_auto_resolved::double precision / nullif(merge_rows.n_conflicts, 0) as auto_resolution_pct,
    merge_rows.merge_status,
    users.name as user_name,
    merge_rows.started_at
from oplatency."merges" as merge_rows
inner join oplatency.branches as source_branches on merge_rows.source_branch_id = source_branches.branch_id
inner join oplatency.branches as target_branches on merge_rows.target_branch_id = target_branches.branch_id
inner join oplatency.users as users on merge_rows.user_id = users.user_id
order by merge_rows.started_at desc, merge_rows.merge_id desc;
comment on view oplatency.v_merge_performance_summary is
'What each merge took, by phase, and how its conflicts ended; newest first.';
comment on column oplatency.v_merge_performance_summary.merge_id is 'Number of the merge.';
comment on column oplatency.v_merge_performance_summary.source_branch is 'Branch that was merged.';
comment on column oplatency.v_merge_performance_summary.target_branch is 'Branch it was merged into.';
comment on column oplatency.v_merge_performance_summary.total_ms is 'Whole duration in milliseconds.';
comment on column oplatency.v_merge_performance_summary.merge_base_ms is
'Search for the common ancestor, in milliseconds; null = not measured.';
comment on column oplatency.v_merge_performance_summary.conflict_detection_ms is
'Conflict detection, in milliseconds; null = not measured.';
comment on column oplatency.v_merge_performance_summary.auto_resolution_ms is
'Automatic resolution, in milliseconds; null = not measured.';
comment on column oplatency.v_merge_performance_summary.conflict_count is 'Conflicts found.';
comment on column oplatency.v_merge_performance_summary.auto_resolved is 'Conflicts resolved by rule.';
comment on column oplatency.v_merge_performance_summary.unresolved is 'Conflicts left to a human.';
comment on column oplatency.v_merge_performance_summary.auto_resolution_pct is
'auto_resolved in percent of conflict_count; null = no conflict was found.';
comment on column oplatency.v_merge_performance_summary.merge_status is
'SUCCESS, PARTIAL_SUCCESS, FAILED or ABANDONED.';
comment on column oplatency.v_merge_performance_summary.user_name is 'Who merged; (unknown) where nobody told.';
comment on column oplatency.v_merge_performance_summary.started_at is 'Start of the merge.';
