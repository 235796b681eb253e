-- Calls of one ingest attempt that wait to become facts; they belong to no batch yet.
-- Grain: one row per staged call. Window: one run token. Re-run: reads only.
select
    *,
    null::bigint as batch_id
from oplatency.staged_metrics
where run_token = %(run_token)s
