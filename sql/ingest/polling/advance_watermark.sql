-- Moves the watermark to where a batch reaches, in the transaction that publishes it; of a file there is nothing to move.
-- Grain: one row per stream. Window: the poll of one attempt. Re-run: changes nothing, the watermark never goes back.
insert into oplatency.source_watermarks as known (source, stream, watermark_at, polled_at)
select
    polls.source,
    polls.stream,
    polls.watermark_at,
    polls.polled_at
from oplatency.polls as polls
where polls.run_token = %(run_token)s
on conflict (source, stream) do update
    set
        watermark_at = greatest(known.watermark_at, excluded.watermark_at),
        polled_at = greatest(known.polled_at, excluded.polled_at);
