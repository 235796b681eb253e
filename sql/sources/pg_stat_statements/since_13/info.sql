-- The instant of the snapshot; this version does not tell when its counts were set to zero.
-- Grain: one row. Window: none. Re-run: reads only.
select
    clock_timestamp() as taken_at,
    null::timestamptz as stats_reset,
    null::bigint as n_evicted;
