-- Whether other content came under this idempotency key of a source; the key is held until the transaction ends.
select
    pg_advisory_xact_lock(hashtext('oplatency:delivery:' || %(source)s || ':' || %(idempotency_key)s)) as held,
    exists(
        select 1
        from oplatency.ingest_batches
        where
            source = %(source)s
            and idempotency_key = %(idempotency_key)s
            and content_hash <> %(content_hash)s
            and status <> 'superseded'
    ) as is_conflict;
