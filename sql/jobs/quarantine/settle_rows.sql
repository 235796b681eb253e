-- What became of quarantined rows that were tried again: those that passed are released, the others keep waiting under the
-- reason they were refused for this time. Rows of such a batch carry their quarantine_id as the line they start on.
-- Grain: one update per row tried again. Window: the rows of one attempt. Re-run: a batch is closed once.
with tried as (
    select
        line_no as quarantine_id,
        coalesce(problem, %(batch_problem)s) as problem,
        coalesce(problem_detail, %(batch_detail)s, '') as detail
    from oplatency.staged_rows
    where run_token = %(run_token)s
),

settled as (
    update oplatency.quarantined_rows as waiting
    set
        reason = coalesce(tried.problem, waiting.reason),
        detail = case when tried.problem is null then waiting.detail else tried.detail end,
        released_at = case when tried.problem is null then clock_timestamp() end,
        released_batch_id = case when tried.problem is null then %(batch_id)s::bigint end
    from tried
    where
        waiting.quarantine_id = tried.quarantine_id
        and waiting.released_at is null
        and waiting.discarded_at is null
    returning waiting.released_at
),

account as (
    update oplatency.ingest_batches
    set rows_in = (select count(settled.released_at) from settled)
    where batch_id = %(batch_id)s
)

select
    count(*) as n_rows,
    count(*) - count(released_at) as n_refused
from settled;
