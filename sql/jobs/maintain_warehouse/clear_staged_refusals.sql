-- Staged rows whose attempt was overtaken or never closed.
delete from oplatency.staged_refusals as staged
where not exists (
    select 1
    from oplatency.ingest_batches as batches
    where
        staged.run_token = batches.run_token
        and batches.status in ('staged', 'audited')
        and batches.opened_at > clock_timestamp() - interval '1 day'
);
