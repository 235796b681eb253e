-- Every operation, with whether it is tracked.
-- Grain: one row per operation. Window: none. Re-run: reads only.
select
    operation,
    tracked
from oplatency.v_operations
order by operation;
