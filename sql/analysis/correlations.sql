-- Pairs of operations that slow together, for analysts and files.
-- Grain: one row per as-of and pair. Window: as-ofs in (window_start, window_end]; null = no limit. Re-run: reads only.
select *
from oplatency.v_correlations
where
    (%(window_start)s::timestamptz is null or as_of > %(window_start)s::timestamptz)
    and (%(window_end)s::timestamptz is null or as_of <= %(window_end)s::timestamptz)
    and (
        %(operations)s::text[] is null
        or operation_a = any(%(operations)s::text[])
        or operation_b = any(%(operations)s::text[])
    )
order by as_of, operation_a, operation_b;
