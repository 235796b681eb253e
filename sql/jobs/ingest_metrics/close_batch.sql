-- Writes the account of a batch; what is neither accepted nor refused was there already.
update oplatency.ingest_batches as batch
set
    -- what a writer did not finish comes again, whole
    status = case when %(status)s = 'published' and refused.reasons ? 'truncated' then 'partial_source' else %(status)s end,
    accepted = %(accepted)s,
    quarantined = refused.n_rows,
    duplicate = batch.rows_in - %(accepted)s - refused.n_rows,
    reasons = refused.reasons,
    seconds = extract(epoch from clock_timestamp() - batch.opened_at),
    published_at = case when %(status)s = 'published' then clock_timestamp() end
from (
    select
        coalesce(sum(by_reason.n_rows), 0)::bigint as n_rows,
        coalesce(jsonb_object_agg(by_reason.reason, by_reason.n_rows), '{}') as reasons
    from (
        select
            reason,
            count(*) as n_rows
        from oplatency.quarantined_rows
        where batch_id = %(batch_id)s
        group by reason
    ) as by_reason
) as refused
where batch.batch_id = %(batch_id)s
returning
    batch.source,
    batch.path,
    batch.status,
    batch.rows_in,
    batch.accepted,
    batch.duplicate,
    batch.quarantined,
    batch.reasons,
    batch.seconds;
