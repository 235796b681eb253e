-- What people know of the past, so that findings can be laid beside it.
create table oplatency.marks (
    mark_id bigint generated always as identity
        constraint marks_pk primary key,
    title text not null
        constraint marks_title_ck check (btrim(title) <> ''),
    began_at timestamptz not null,
    ended_at timestamptz not null,
    operations text[] not null,
    note text not null,
    constraint marks_interval_ck check (began_at < ended_at),
    constraint marks_key_uq unique (title, began_at)
);
comment on table oplatency.marks is 'One row per incident, deployment or other event that a person has noted.';
comment on column oplatency.marks.mark_id is 'Surrogate key.';
comment on column oplatency.marks.title is 'What happened, in a few words.';
comment on column oplatency.marks.began_at is 'Begin, inclusive.';
comment on column oplatency.marks.ended_at is 'End, exclusive.';
comment on column oplatency.marks.operations is 'Names of the operations it is known to have touched; empty = not known.';
comment on column oplatency.marks.note is 'The cause, in words; may be empty.';
