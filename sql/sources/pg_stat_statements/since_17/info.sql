-- The instant of the snapshot, and what is known of the counts as a whole.
-- Grain: one row. Window: none. Re-run: reads only.
select
    clock_timestamp() as taken_at,
    info.stats_reset,
    info.dealloc as n_evicted
from pg_stat_statements_info as info;
