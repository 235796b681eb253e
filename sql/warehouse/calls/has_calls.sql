-- Whether a window holds any call.
-- Grain: one row. Window: [window_start, window_end). Re-run: reads only.
select exists(
    select 1
    from oplatency.metrics
    where
        started_at >= %(window_start)s
        and started_at < %(window_end)s
) as has_calls;
