-- Marks the runs for which a baseline came that they had not seen: one in force for some of what they read. The others
-- need not be weighed against it again.
-- Grain: one update per run of a job that judges. Window: baselines newer than those a run has seen. Re-run: no change.
with newest as (
    select max(baselines.baseline_id) as baseline_id
    from oplatency.baselines as baselines
),

added as (
    select
        baselines.as_of,
        following.next_as_of,
        max(baselines.baseline_id) as baseline_id
    from oplatency.baselines as baselines
    cross join
        lateral (
            select min(later.as_of) as next_as_of
            from oplatency.baselines as later
            where
                baselines.operation_id = later.operation_id
                and later.branch_id = 0
                and baselines.as_of < later.as_of
        ) as following
    where
        baselines.baseline_id > (
            select min(runs.newest_baseline_id)
            from oplatency.job_runs as runs
            where runs.job = any(%(judging_jobs)s::text[]) and runs.status in ('staged', 'audited', 'published')
        )
    group by baselines.as_of, following.next_as_of
)

update oplatency.job_runs as runs
set
    is_stale = runs.is_stale or exists (
        select 1
        from added
        where
            added.baseline_id > runs.newest_baseline_id
            and added.as_of < runs.window_end
            and (added.next_as_of is null or added.next_as_of > coalesce(runs.baselines_from, runs.window_start))
    ),
    newest_baseline_id = newest.baseline_id
from newest
where
    runs.job = any(%(judging_jobs)s::text[])
    and runs.status in ('staged', 'audited', 'published')
    and runs.newest_baseline_id is distinct from newest.baseline_id
    and newest.baseline_id is not null;
