-- One interval of an operation. Its key refuses the same interval a second time.
-- Grain: one row per source, operation, branch and interval. Window: from the last snapshot to this one.
-- Re-run: cannot be: the snapshot moves in the same transaction.
insert into oplatency.aggregate_intervals (
    source, operation_id, branch_id, interval_start, interval_end, n_calls, total_us, mean_us, sd_us, n_rows
)
select
    %(source)s::text as source,
    operations.operation_id,
    branches.branch_id,
    %(interval_start)s::timestamptz as interval_start,
    %(interval_end)s::timestamptz as interval_end,
    %(n_calls)s::bigint as n_calls,
    %(total_us)s::double precision as total_us,
    %(mean_us)s::double precision as mean_us,
    %(sd_us)s::double precision as sd_us,
    %(n_rows)s::bigint as n_rows
from oplatency.operation_types as operations
cross join oplatency.branches as branches
where operations.name = %(operation)s and branches.name = coalesce(%(branch)s, '(unknown)');
