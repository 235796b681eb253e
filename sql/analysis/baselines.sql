-- Baseline versions, for analysts and files.
-- Grain: one row per operation, branch, as-of, configuration and revision. Window: as-ofs in [window_start, window_end);
-- null = no limit. Re-run: reads only.
select *
from oplatency.v_baseline_versions
where
    (%(window_start)s::timestamptz is null or as_of >= %(window_start)s::timestamptz)
    and (%(window_end)s::timestamptz is null or as_of < %(window_end)s::timestamptz)
    and (%(operations)s::text[] is null or operation = any(%(operations)s::text[]))
order by as_of, operation, branch, config_hash, revision;
