-- The entries of pg_stat_statements as PostgreSQL 14 to 16 have them.
-- Grain: one row per database, role, statement and level; the schema of the extension is on the search path.
-- Window: since the counts of the entry began. Re-run: reads only.
select
    statements.dbid::bigint as dbid,
    statements.userid::bigint as userid,
    statements.queryid,
    statements.toplevel,
    statements.query,
    statements.calls as n_calls,
    statements.total_exec_time as total_ms,
    statements.stddev_exec_time as sd_ms,
    statements.rows as n_rows,
    null::timestamptz as stats_since
from pg_stat_statements as statements
where
    statements.queryid is not null
    and %(scope_dbid)s in (0, statements.dbid::bigint);
