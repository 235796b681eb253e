-- The counts of a statement up to which its calls are in aggregate_intervals.
-- Grain: one row per entry of pg_stat_statements. Window: none. Re-run: after clear_snapshots, same row.
insert into oplatency.statement_snapshots (
    source, dbid, userid, queryid, toplevel, n_calls, total_ms, squares_ms2, n_rows, stats_since, taken_at
)
values (
    %(source)s,
    %(dbid)s,
    %(userid)s,
    %(queryid)s,
    %(toplevel)s,
    %(n_calls)s,
    %(total_ms)s,
    %(squares_ms2)s,
    %(n_rows)s,
    %(stats_since)s,
    %(taken_at)s
);
