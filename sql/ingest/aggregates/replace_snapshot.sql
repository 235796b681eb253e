-- The snapshot as a whole, in place of the last one.
-- Grain: one row per source. Window: none. Re-run: same row.
insert into oplatency.statement_polls (source, server_id, scope_dbid, taken_at, stats_reset, n_evicted)
values (%(source)s, %(server_id)s, %(scope_dbid)s, %(taken_at)s, %(stats_reset)s, %(n_evicted)s)
on conflict (source) do update
    set
        server_id = excluded.server_id,
        scope_dbid = excluded.scope_dbid,
        taken_at = excluded.taken_at,
        stats_reset = excluded.stats_reset,
        n_evicted = excluded.n_evicted;
