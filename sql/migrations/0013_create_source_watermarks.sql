-- How far each polled source was read, and which batch came from which poll.
create table oplatency.source_watermarks (
    source text not null,
    stream text not null,
    watermark_at timestamptz,
    polled_at timestamptz not null,
    constraint source_watermarks_pk primary key (source, stream)
);
comment on table oplatency.source_watermarks is 'One row per stream of a polled source: how far it was read, and when last.';
comment on column oplatency.source_watermarks.source is 'Name of the source.';
comment on column oplatency.source_watermarks.stream is 'Table or list of the source that is read on its own.';
comment on column oplatency.source_watermarks.watermark_at is
'Newest mark among the rows that were brought in, on the clock of the source; null = none was yet.';
comment on column oplatency.source_watermarks.polled_at is 'When it was last read without an error, whether or not it had anything new.';

create table oplatency.polls (
    run_token uuid not null
        constraint polls_pk primary key
        constraint polls_run_token_fk references oplatency.ingest_batches (run_token),
    source text not null,
    stream text not null,
    since_at timestamptz not null,
    polled_at timestamptz not null,
    watermark_at timestamptz
);
create index polls_stream_ix on oplatency.polls (source, stream);
comment on table oplatency.polls is 'One row per batch that came from a poll; publishing the batch moves the watermark.';
comment on column oplatency.polls.run_token is 'The attempt whose batch this is.';
comment on column oplatency.polls.source is 'Name of the source.';
comment on column oplatency.polls.stream is 'Table or list of the source that was read.';
comment on column oplatency.polls.since_at is 'Oldest mark that was asked for, inclusive.';
comment on column oplatency.polls.polled_at is 'When the source was read.';
comment on column oplatency.polls.watermark_at is 'Newest mark read that is not after the poll; null = all were.';
