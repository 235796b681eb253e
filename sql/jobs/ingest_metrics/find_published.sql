-- Whether these bytes were published already under this source.
select exists(
    select 1
    from oplatency.ingest_batches
    where
        source = %(source)s
        and content_hash = %(content_hash)s
        and status = 'published'
) as is_published;
