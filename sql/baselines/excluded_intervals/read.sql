-- What people and incidents say of intervals that touch the look-back window, as known at its end.
-- Grain: one row per noted interval that holds. Window: [window_start, window_end). Re-run: reads only.
select
    intervals.operation_id,
    intervals.branch_id,
    intervals.from_at,
    intervals.to_at,
    intervals.is_included,
    intervals.origin,
    intervals.reason
from oplatency.excluded_intervals as intervals
where
    intervals.from_at < %(window_end)s
    and intervals.to_at > %(window_start)s
    and intervals.known_at <= %(window_end)s
    and intervals.removed_at is null
order by intervals.operation_id, intervals.from_at, intervals.to_at, intervals.branch_id, intervals.reason;
