-- Notes that a staged batch came from a poll, and how far its rows reach.
-- Grain: one row per batch. Window: one poll. Re-run: a token is noted once.
insert into oplatency.polls (run_token, source, stream, since_at, polled_at, watermark_at)
values (%(run_token)s, %(source)s, %(stream)s, %(since_at)s, %(polled_at)s, %(watermark_at)s);
