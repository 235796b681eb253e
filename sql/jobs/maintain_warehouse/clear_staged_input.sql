-- Staged rows of input whose attempt was overtaken or never closed. Returns how many: groups and refusals are shorter forms
-- of the same rows and are not counted again.
with kept as (
    select batches.run_token
    from oplatency.ingest_batches as batches
    where
        batches.status in ('staged', 'audited')
        and batches.opened_at > clock_timestamp() - interval '1 day'
),

cleared_rows as (
    delete from oplatency.staged_rows as staged
    where not exists (select 1 from kept where staged.run_token = kept.run_token)
    returning 1
),

cleared_metrics as (
    delete from oplatency.staged_metrics as staged
    where not exists (select 1 from kept where staged.run_token = kept.run_token)
    returning 1
),

cleared_groups as (
    delete from oplatency.staged_statistics as staged
    where not exists (select 1 from kept where staged.run_token = kept.run_token)
),

cleared_refusals as (
    delete from oplatency.staged_rejections as staged
    where not exists (select 1 from kept where staged.run_token = kept.run_token)
)

select (select count(*) from cleared_rows) + (select count(*) from cleared_metrics) as n_cleared;
