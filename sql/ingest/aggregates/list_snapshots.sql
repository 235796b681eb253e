-- Up to which counts the calls of each statement are in aggregate_intervals.
-- Grain: one row per entry of pg_stat_statements at the last poll. Window: none. Re-run: reads only.
select
    dbid,
    userid,
    queryid,
    toplevel,
    n_calls,
    total_ms,
    squares_ms2,
    n_rows,
    stats_since,
    taken_at
from oplatency.statement_snapshots
where source = %(source)s;
