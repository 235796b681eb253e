-- Calls without an identity of their own that are alike to the last field: each but the first gets its number into its
-- identity, so that all are kept, and found again when the same input comes again.
-- Grain: one update per such call. Window: the rows of one attempt. Re-run: the same numbers.
-- Calls are found again by where they lie: after a vacuum saw staging empty the planner expects one row, and a join by
-- number would go through all of them for each.
with numbered as (
    select
        ctid as place,
        row_number() over (partition by identity_hash order by row_no) as ordinal
    from oplatency.staged_metrics
    where run_token = %(run_token)s and event_id is null
)

update oplatency.staged_metrics as staged
set
    identity_hash = oplatency.hash64(
        'row:' || numbered.ordinal || ':' || oplatency.canonical_call(
            staged.operation, staged.started_at, staged.duration_us, staged.branch, staged.user_name, staged.session,
            staged.rows_affected, staged.memory_bytes, staged.cpu_us, staged.metadata, staged.error
        )
    )
from numbered
where staged.ctid = numbered.place and numbered.ordinal > 1;
