-- The baseline versions with their profiles that are in force at some instant of the window.
-- Grain: one row per operation and as-of. Window: [window_start, window_end). Re-run: reads only.
with candidates as (
    select distinct on (baselines.operation_id, baselines.as_of)
        baselines.*
    from oplatency.baselines as baselines
    inner join oplatency.configurations as configurations on baselines.config_hash = configurations.config_hash
    where baselines.as_of < %(window_end)s and baselines.branch_id = 0
    order by baselines.operation_id asc, baselines.as_of asc, configurations.config_no desc, baselines.revision desc
),

sequenced as (
    select
        candidates.*,
        lead(candidates.as_of) over (partition by candidates.operation_id order by candidates.as_of) as next_as_of
    from candidates
)

select
    sequenced.baseline_id,
    sequenced.operation_id,
    sequenced.as_of,
    sequenced.next_as_of,
    sequenced.n_calls,
    sequenced.p99_us,
    sequenced.mean_us,
    sequenced.sd_us,
    sequenced.alert_threshold,
    profiles.n_days,
    profiles.is_seasonal,
    profiles.hour_offsets,
    profiles.location,
    profiles.scale_up,
    profiles.scale_down
from sequenced
inner join oplatency.baseline_profiles as profiles on sequenced.baseline_id = profiles.baseline_id
where sequenced.next_as_of is null or sequenced.next_as_of > %(window_start)s
order by sequenced.operation_id, sequenced.as_of;
