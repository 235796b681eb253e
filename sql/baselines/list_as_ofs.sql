-- The days of a window as of which there are baselines.
-- Grain: one row per as-of. Window: [window_start, window_end). Re-run: reads only.
select distinct as_of
from oplatency.baselines
where
    as_of >= %(window_start)s
    and as_of < %(window_end)s
    and branch_id = 0
order by as_of;
