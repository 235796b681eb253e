-- Opens a batch; an older attempt at the same bytes that has not published loses its right to.
-- Grain: one row per attempt. Re-run: a new attempt supersedes the old one.
with fenced as (
    update oplatency.ingest_batches
    set status = 'superseded'
    where
        source = %(source)s
        and path = %(path)s
        and content_hash = %(content_hash)s
        and status in ('staged', 'audited')
    returning run_token
)

insert into oplatency.ingest_batches
(
    run_token, source, format, path, content_hash, assume_tz, resolution_us, new_operations, detect_unit_slips, status, bytes,
    received_at, idempotency_key, seconds
)
select
    %(run_token)s,
    %(source)s,
    %(format)s,
    %(path)s,
    %(content_hash)s,
    %(assume_tz)s,
    %(resolution_us)s,
    %(new_operations)s,
    %(detect_unit_slips)s,
    'staged',
    %(bytes)s,
    %(received_at)s,
    %(idempotency_key)s,
    0 * (select count(*) from fenced)
returning batch_id;
