-- The earliest published result that lacks something: baselines first, then what is judged against them.
-- Grain: at most one row. Window: results published before the refresh began. Re-run: reads only.
select
    runs.run_token,
    runs.job,
    runs.window_start,
    runs.window_end,
    runs.scope
from oplatency.job_runs as runs
where
    runs.is_stale
    and runs.status = 'published'
    and runs.published_at < %(began_at)s
    and runs.run_token <> all(%(given_up)s::uuid[])
    and not exists (
        select 1
        from oplatency.job_runs as newer
        where
            runs.job = newer.job
            and runs.window_start = newer.window_start
            and runs.window_end = newer.window_end
            and runs.scope = newer.scope
            and newer.status = 'published'
            and runs.published_at < newer.published_at
    )
order by
    runs.window_end,
    array_position(%(jobs)s::text[], runs.job),
    runs.window_start,
    runs.published_at
limit 1;
