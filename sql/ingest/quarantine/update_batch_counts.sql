-- Moves released rows, in the account of the batch they came with, from quarantined to what they have become.
-- Grain: one update of that batch. Window: the rows of one attempt. Re-run: a batch is closed once.
with redriven as (
    select
        retry_of,
        accepted,
        duplicate
    from oplatency.ingest_batches
    where batch_id = %(batch_id)s
),

waiting as (
    select
        coalesce(sum(by_reason.n_rows), 0)::bigint as n_rows,
        coalesce(jsonb_object_agg(by_reason.reason, by_reason.n_rows), '{}') as reasons
    from (
        select
            quarantined.reason,
            count(*) as n_rows
        from oplatency.quarantined_rows as quarantined
        inner join redriven on quarantined.batch_id = redriven.retry_of
        where quarantined.released_at is null
        group by quarantined.reason
    ) as by_reason
)

update oplatency.ingest_batches as original
set
    accepted = original.accepted + redriven.accepted,
    duplicate = original.duplicate + redriven.duplicate,
    quarantined = waiting.n_rows,
    reasons = waiting.reasons,
    status = case
        when redriven.accepted + redriven.duplicate = 0 or original.status = 'partial_source' then original.status
        else 'published'
    end,
    published_at = case
        when redriven.accepted + redriven.duplicate > 0 then coalesce(original.published_at, clock_timestamp())
        else original.published_at
    end
from redriven
cross join waiting
where original.batch_id = redriven.retry_of;
