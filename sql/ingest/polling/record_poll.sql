-- Notes a poll that is done with; the watermark never goes back.
-- Grain: one row per stream. Window: one poll. Re-run: changes nothing.
insert into oplatency.source_watermarks as known (source, stream, watermark_at, polled_at)
values (%(source)s, %(stream)s, %(watermark_at)s, %(polled_at)s)
on conflict (source, stream) do update
    set
        watermark_at = greatest(known.watermark_at, excluded.watermark_at),
        polled_at = greatest(known.polled_at, excluded.polled_at);
