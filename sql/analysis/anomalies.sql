-- Findings of every kind, for analysts and files.
-- Grain: one row per finding. Window: those judged in (window_start, window_end], by the end of what was judged;
-- null = no limit. Re-run: reads only.
select *
from oplatency.v_anomalies
where
    (%(window_start)s::timestamptz is null or window_end > %(window_start)s::timestamptz)
    and (%(window_end)s::timestamptz is null or window_end <= %(window_end)s::timestamptz)
    and (%(operations)s::text[] is null or operation = any(%(operations)s::text[]))
order by window_start, operation, branch, kind, window_end, observed_at, duration_ms, finding_id;
