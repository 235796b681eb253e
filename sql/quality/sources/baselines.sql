-- Published baselines in the form of candidates: the profile, which detection uses, is part of the row.
-- Grain: one row per version. Window: as_of in [window_start, window_end). Re-run: reads only.
select
    versions.*,
    profiles.n_days,
    profiles.is_seasonal,
    profiles.hour_offsets,
    profiles.location,
    profiles.scale_up,
    profiles.scale_down,
    profiles.recurring_z
from oplatency.baselines as versions
left join oplatency.baseline_profiles as profiles on versions.baseline_id = profiles.baseline_id
where
    versions.as_of >= %(window_start)s
    and versions.as_of < %(window_end)s
