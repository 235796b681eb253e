-- Takes up the hours that gained facts, and marks the runs that read such an hour before the facts were there. A fact that
-- commits while this runs is not among them: it keeps its row for the next time. No job is between its reading and the
-- recording of its run meanwhile: the caller has waited for that.
-- Grain: one row. Window: everything noted. Re-run: takes nothing.
with taken as (
    delete from oplatency.dirty_ranges
    returning operation_id, hour_at, transaction_id
),

gained as materialized (
    select distinct
        taken.hour_at,
        taken.transaction_id
    from taken
    inner join oplatency.operation_types as operations on taken.operation_id = operations.operation_id
    where operations.is_tracked
),

-- most runs have seen all of an hour: that is told by its newest transaction alone
hours as materialized (
    select distinct on (gained.hour_at)
        gained.hour_at,
        gained.transaction_id as newest
    from gained
    order by gained.hour_at asc, gained.transaction_id desc
),

marked as (
    update oplatency.job_runs as runs
    set is_stale = true
    where
        runs.status in ('staged', 'audited', 'published')
        and not runs.is_stale
        and case
            when
                exists (
                    select 1
                    from hours
                    where
                        hours.hour_at < runs.window_end
                        and hours.hour_at > coalesce(runs.facts_from, runs.window_start) - interval '1 hour'
                        and (runs.facts_snapshot is null or hours.newest >= pg_snapshot_xmin(runs.facts_snapshot))
                )
                then exists (
                    select 1
                    from gained
                    where
                        gained.hour_at < runs.window_end
                        and gained.hour_at > coalesce(runs.facts_from, runs.window_start) - interval '1 hour'
                        and (runs.facts_snapshot is null or not pg_visible_in_snapshot(gained.transaction_id, runs.facts_snapshot))
                )
            else false
        end
    returning runs.run_token
)

select
    clock_timestamp() as began_at,
    (select count(distinct taken.hour_at) from taken) as n_hours,
    (select count(*) from marked) as n_marked;
