-- Merges with the time their phases took. pgGit counts the merge among its metrics too, so it is no call here.
-- Grain: one row per merge. Window: completed (else started) at or after since_at. Re-run: reads only.
with marked as (
    select
        recorded.*,
        least(coalesce(recorded.completed_at, recorded.started_at)::timestamptz, '9000-01-01Z') as marked_at
    from pggit.merge_performance_metrics as recorded
),

named_branches as (
    select
        coalesce(to_jsonb(branches) ->> 'branch_id', to_jsonb(branches) ->> 'id') as branch_id,
        coalesce(to_jsonb(branches) ->> 'branch_name', to_jsonb(branches) ->> 'name') as branch
    from pggit.branches as branches
)

select
    marked.marked_at,
    'merge' as kind,
    'pggit:merge:' || marked.merge_metric_id as event_id,
    'merge' as operation,
    to_json(marked.started_at) #>> '{}' as started_at,
    marked.total_merge_us::text as duration_us,
    targets.branch,
    marked.user_name,
    marked.session_id as session,
    jsonb_build_object(
        'source_branch', sources.branch,
        'target_branch', targets.branch,
        'merge_base_us', marked.merge_base_calculation_us,
        'conflict_detection_us', marked.conflict_detection_us,
        'auto_resolution_us', marked.auto_resolution_us,
        'n_conflicts', coalesce(marked.conflict_count, 0),
        'n_auto_resolved', coalesce(marked.auto_resolution_success_count, 0),
        'n_unresolved', coalesce(marked.auto_resolution_failure_count, 0),
        'status', marked.merge_status,
        'outcome', marked.merge_outcome_details
    )::text as record
from marked
left join named_branches as sources on marked.source_branch_id::text = sources.branch_id
left join named_branches as targets on marked.target_branch_id::text = targets.branch_id
where marked.marked_at >= %(since_at)s
order by marked.marked_at, marked.merge_metric_id;
