-- Writes the account of a batch; what is neither accepted nor rejected was there already.
update oplatency.ingest_batches as batch
set
    -- what a writer did not finish comes again, whole
    status = case when %(status)s = 'published' and rejected.reasons ? 'truncated' then 'partial_source' else %(status)s end,
    accepted = %(accepted)s,
    quarantined = rejected.n_rows,
    duplicate = batch.rows_in - %(accepted)s - rejected.n_rows,
    reasons = rejected.reasons,
    seconds = extract(epoch from clock_timestamp() - batch.opened_at),
    newest_call_at = case
        when %(status)s = 'published'
            then (
                select
                    case
                        when exists (select 1 from oplatency.staged_rejections as late where late.run_token = %(run_token)s)
                            then (
                                select max(staged.started_at)
                                from oplatency.staged_metrics as staged
                                where
                                    staged.run_token = %(run_token)s
                                    and not exists (
                                        select 1
                                        from oplatency.staged_rejections as late
                                        where staged.run_token = late.run_token and staged.row_no = late.row_no
                                    )
                            )
                        else (select max(newest_at) from oplatency.staged_statistics where run_token = %(run_token)s)
                    end
            )
    end,
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
) as rejected
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
