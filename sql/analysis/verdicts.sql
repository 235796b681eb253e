-- What every rule decided, gate by gate, for analysts and files.
-- Grain: one row per operation, branch, window, rule and gate. Window: those judged in (window_start, window_end], by
-- the end of what was judged; null = no limit. Re-run: reads only.
select *
from oplatency.v_verdicts
where
    (%(window_start)s::timestamptz is null or window_end > %(window_start)s::timestamptz)
    and (%(window_end)s::timestamptz is null or window_end <= %(window_end)s::timestamptz)
    and (%(operations)s::text[] is null or operation = any(%(operations)s::text[]))
order by window_start, operation, branch, rule, window_end, gate_no;
