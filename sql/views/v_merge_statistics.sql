-- How merges between two branches go.
-- Grain: one row per source and target branch that were ever merged.
-- Window: everything stored.
-- Re-run: replaced at each deploy; holds no rows of its own.
-- The name of the table is quoted for sqlfluff, which takes it for a keyword.
create or replace view oplatency.v_merge_statistics as
with pairs as (
    select
        merge_rows.source_branch_id,
        merge_rows.target_branch_id,
        count(*) as n_merges,
        sum(merge_rows.total_us)::double precision / count(*) as mean_us,
        min(merge_rows.total_us) as min_us,
        max(merge_rows.total_us) as max_us,
        percentile_cont(0.99) within group (order by merge_rows.total_us) as p99_us,
        sum(merge_rows.n_conflicts)::double precision / count(*) as mean_conflicts,
        max(merge_rows.n_conflicts) as max_conflicts,
        count(*) filter (where merge_rows.merge_status = 'SUCCESS') as n_successful,
        count(*) filter (where merge_rows.merge_status = 'FAILED') as n_failed,
        max(merge_rows.started_at) as newest_at
    from oplatency."merges" as merge_rows
    group by merge_rows.source_branch_id, merge_rows.target_branch_id
)

select
    source_branches.name as source_branch,
    target_branches.name as target_branch,
    pairs.n_merges as merge_count,
    pairs.mean_us / 1000 as avg_ms,
    pairs.min_us::double precision / 1000 as min_ms,
    pairs.max_us::double precision / 1000 as max_ms,
    pairs.p99_us / 1000 as p99_ms,
    pairs.mean_conflicts as avg_conflicts,
    pairs.max_conflicts,
    pairs.n_successful as successful,
    pairs.n_failed as failed,
    pairs.newest_at as last_merge_at
from pairs
inner join oplatency.branches as source_branches on pairs.source_branch_id = source_branches.branch_id
inner join oplatency.branches as target_branches on pairs.target_branch_id = target_branches.branch_id
order by source_branches.name, target_branches.name;
comment on view oplatency.v_merge_statistics is
'How merges between two branches go. Times hold every merge, whatever its outcome.';
comment on column oplatency.v_merge_statistics.source_branch is 'Branch that was merged.';
comment on column oplatency.v_merge_statistics.target_branch is 'Branch it was merged into.';
comment on column oplatency.v_merge_statistics.merge_count is 'Merges of any outcome.';
comment on column oplatency.v_merge_statistics.avg_ms is 'Mean duration in milliseconds.';
comment on column oplatency.v_merge_statistics.min_ms is 'Fastest merge in milliseconds.';
comment on column oplatency.v_merge_statistics.max_ms is 'Slowest merge in milliseconds.';
comment on column oplatency.v_merge_statistics.p99_ms is
'99th percentile of durations in milliseconds; exact, linear interpolation.';
comment on column oplatency.v_merge_statistics.avg_conflicts is 'Mean number of conflicts found per merge.';
comment on column oplatency.v_merge_statistics.max_conflicts is 'Most conflicts found in one merge.';
comment on column oplatency.v_merge_statistics.successful is
'Merges that ended as SUCCESS; PARTIAL_SUCCESS and ABANDONED are in neither this nor failed.';
comment on column oplatency.v_merge_statistics.failed is 'Merges that ended as FAILED.';
comment on column oplatency.v_merge_statistics.last_merge_at is 'Start of the newest merge.';
