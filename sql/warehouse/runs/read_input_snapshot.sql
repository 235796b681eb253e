-- What this transaction sees: its snapshot, and the newest baseline. Baselines are published by one transaction at a time, so
-- their numbers are in the order in which they became visible.
-- Grain: one row. Window: none. Re-run: reads only.
select
    pg_current_snapshot()::text as facts_snapshot,
    coalesce(max(baselines.baseline_id), 0) as newest_baseline_id
from oplatency.baselines as baselines;
