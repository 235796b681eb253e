-- The last snapshot of a source as a whole.
-- Grain: one row, or none before the first poll. Window: none. Re-run: reads only.
select
    server_id,
    scope_dbid,
    taken_at,
    stats_reset,
    n_evicted
from oplatency.statement_polls
where source = %(source)s;
