-- Calls without an identity of their own that are alike to the last field: each but the first gets its number into its
-- identity, so that all are kept, and found again when the same input comes again.
-- Grain: one update per such call. Window: the rows of one attempt. Re-run: the same numbers.
with repeated as (
    select identity_hash
    from oplatency.staged_metrics
    where run_token = %(run_token)s and event_id is null
    group by identity_hash
    having count(*) > 1
),

numbered as (
    select
        staged.row_no,
        row_number() over (partition by staged.identity_hash order by staged.row_no) as ordinal
    from oplatency.staged_metrics as staged
    inner join repeated on staged.identity_hash = repeated.identity_hash
    where staged.run_token = %(run_token)s and staged.event_id is null
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
where staged.run_token = %(run_token)s and staged.row_no = numbered.row_no and numbered.ordinal > 1;
