-- Makes room for the next snapshot: an entry that is not in it was evicted, and begins at zero if it comes back.
-- Grain: all entries of a source. Window: none. Re-run: no rows left.
delete from oplatency.statement_snapshots
where source = %(source)s;
