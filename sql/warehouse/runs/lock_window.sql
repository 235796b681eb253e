-- Makes this transaction the only one that opens a run of a window: of two attempts staged at once the later must see
-- the earlier, or neither would be overtaken.
select
    pg_advisory_xact_lock(
        hashtextextended(
            concat_ws(' ', %(job)s::text, %(window_start)s::timestamptz, %(window_end)s::timestamptz, %(scope)s::text), 0
        )
    );
