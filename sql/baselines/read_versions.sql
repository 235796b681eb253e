-- The baseline versions with their profiles that are in force at some instant of the window: of each as-of those of the
-- wanted configuration, else of the one that was used last. A branch's version is in force with that of its operation.
-- Grain: one row per operation, branch and as-of, all branches first. Window: [window_start, window_end).
-- Re-run: reads only.
with candidates as (
    select distinct on (baselines.operation_id, baselines.as_of)
        baselines.operation_id,
        baselines.as_of,
        baselines.config_hash
    from oplatency.baselines as baselines
    inner join oplatency.configuration_recency as recency on baselines.config_hash = recency.config_hash
    where baselines.as_of < %(window_end)s and baselines.branch_id = 0
    order by
        baselines.operation_id asc,
        baselines.as_of asc,
        coalesce(baselines.config_hash = %(config_hash)s, false) desc,
        recency.recency_rank asc
),

sequenced as (
    select
        candidates.*,
        lead(candidates.as_of) over (partition by candidates.operation_id order by candidates.as_of) as next_as_of
    from candidates
)

select distinct on (baselines.operation_id, baselines.as_of, abs(baselines.branch_id), baselines.branch_id)
    baselines.baseline_id,
    baselines.operation_id,
    baselines.branch_id,
    baselines.as_of,
    sequenced.next_as_of,
    baselines.lookback_days,
    baselines.days_covered,
    baselines.excluded_hours,
    baselines.n_calls,
    baselines.p50_us,
    baselines.p99_us,
    baselines.mean_us,
    baselines.sd_us,
    baselines.max_us,
    baselines.alert_threshold,
    profiles.n_days,
    profiles.is_seasonal,
    profiles.hour_offsets,
    profiles.location,
    profiles.scale_up,
    profiles.scale_down,
    profiles.recurring_z
from sequenced
inner join oplatency.baselines as baselines
    on
        sequenced.operation_id = baselines.operation_id
        and sequenced.as_of = baselines.as_of
        and sequenced.config_hash = baselines.config_hash
inner join oplatency.baseline_profiles as profiles on baselines.baseline_id = profiles.baseline_id
where sequenced.next_as_of is null or sequenced.next_as_of > %(window_start)s
order by
    baselines.operation_id asc,
    baselines.as_of asc,
    abs(baselines.branch_id) asc,
    baselines.branch_id asc,
    baselines.revision desc;
