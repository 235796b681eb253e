-- The batch of an attempt, locked until the transaction ends, with what of it lies in staging.
with batch as (
    select
        batch_id,
        source,
        path,
        status,
        assume_tz,
        resolution_us,
        new_operations,
        detect_unit_slips,
        retry_of,
        rows_in,
        accepted,
        duplicate,
        quarantined,
        reasons,
        seconds
    from oplatency.ingest_batches
    where run_token = %(run_token)s
    for update
)

select
    batch.*,
    texts.n_rows + calls.n_plain as n_staged,
    calls.n_calls,
    texts.n_spans,
    texts.n_merges
from batch
cross join (
    select
        count(*) as n_rows,
        count(*) filter (where kind = 'span' and problem is null) as n_spans,
        count(*) filter (where kind = 'merge' and problem is null) as n_merges
    from oplatency.staged_rows
    where run_token = %(run_token)s
) as texts
cross join (
    -- staging is unlogged: where its rows are gone, this summary is
    select
        coalesce(sum(n_calls), 0)::bigint as n_calls,
        coalesce(sum(n_plain), 0)::bigint as n_plain
    from oplatency.staged_statistics
    where run_token = %(run_token)s and hour_at is not null
) as calls;
