-- The next chosen rows of a batch that can be tried again. With a row go those that equal it in every field: what tells
-- them apart is their number among equals, which a row alone would not have.
-- Grain: one row per rejected row, at most a page. Window: rows after the last one of the page before. Re-run: reads only.
select
    waiting.quarantine_id,
    waiting.raw,
    waiting.fields
from oplatency.quarantined_rows as waiting
where
    waiting.batch_id = %(batch_id)s
    and waiting.quarantine_id > %(after)s
    and waiting.released_at is null
    and waiting.discarded_at is null
    and waiting.fields is not null
    and (%(reasons)s::text[] is null or waiting.reason = any(%(reasons)s))
    and (%(operations)s::text[] is null or waiting.fields ->> 'operation' = any(%(operations)s))
    and (
        %(ids)s::bigint[] is null
        or exists (
            select 1
            from oplatency.quarantined_rows as chosen
            where
                chosen.quarantine_id = any(%(ids)s)
                and chosen.batch_id = waiting.batch_id
                and chosen.fields = waiting.fields
        )
    )
order by waiting.quarantine_id
limit %(page_rows)s;
