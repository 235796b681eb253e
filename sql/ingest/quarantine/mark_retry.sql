-- Notes whose quarantined rows an attempt tries again, and which; returns how many it has staged.
-- Grain: one update of the attempt's batch, one per row tried. Window: the rows that were staged. Re-run: the same.
with attempt as (
    update oplatency.ingest_batches
    set retry_of = %(batch_id)s
    where run_token = %(run_token)s
    returning batch_id, rows_in
),

tried as (
    update oplatency.quarantined_rows as waiting
    set retry_batch_id = attempt.batch_id
    from attempt
    where
        waiting.batch_id = %(batch_id)s
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
                    and waiting.batch_id = chosen.batch_id
                    and waiting.fields = chosen.fields
            )
        )
)

select rows_in
from attempt;
