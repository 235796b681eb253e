-- Whether these bytes of a source were published already, or refused as a whole.
select exists(
    select 1
    from oplatency.ingest_batches
    where
        source = %(source)s
        and content_hash = %(content_hash)s
        and status in ('published', 'partial_source', 'failed')
) as is_already_ingested;
