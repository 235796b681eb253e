-- The catalogue that the sample is recorded on: a version control for database schemas, small and made up.
-- Grain: one row a commit, a tracked object, a version of an object, a change of a branch, a stored content.
-- Window: none; the same seed gives the same rows.
-- Re-run: on an empty database only.

create extension pg_buffercache;

select setseed(0.42);

create table branches (
    branch_id integer constraint branches_pk primary key,
    name text not null,
    head_commit_id integer not null
);
comment on table branches is 'Twenty branches; branch b holds the commits whose number is b modulo 20.';

create table commits (
    commit_id integer constraint commits_pk primary key,
    parent_id integer,
    branch_id integer not null,
    author text not null,
    message text not null,
    committed_at timestamptz not null
);
comment on table commits is 'Eight lines of development that branches share; parent_id is null at the root of each.';

create table objects (
    object_id integer constraint objects_pk primary key,
    kind text not null,
    qualified_name text not null
);
comment on table objects is 'Tables, views, functions and indexes under version control.';

create table contents (
    content_hash bytea constraint contents_pk primary key,
    size_bytes integer not null,
    n_references integer not null,
    last_seen_at timestamptz not null
) with (fillfactor = 50);
comment on table contents is
'Stored definitions by hash. Half of each page is free, so that updates stay in their page and the table keeps its size.';

create table tree_entries (
    branch_id integer not null,
    object_id integer not null,
    content_hash bytea not null,
    constraint tree_entries_pk primary key (branch_id, object_id)
);
comment on table tree_entries is 'Which content each object has on each branch.';

create table object_versions (
    object_id integer not null,
    valid_from timestamptz not null,
    valid_to timestamptz,
    commit_id integer not null,
    definition text not null
);
comment on table object_versions is 'History of every object; valid_to is null for the version in force.';

create table changes (
    change_id integer constraint changes_pk primary key,
    branch_id integer not null,
    object_id integer not null,
    changed_at timestamptz not null,
    patch text not null
);
comment on table changes is 'What each branch changed, in no order on disk: reading a branch touches many pages.';

insert into branches (branch_id, name, head_commit_id)
select
    b,
    'branch-' || b,
    120000 - 20 + b
from generate_series(0, 19) as b;

insert into commits (commit_id, parent_id, branch_id, author, message, committed_at)
select
    i,
    case when i >= 8 then i - 8 end,
    i % 20,
    'author-' || random(1, 25),
    'change ' || md5(i::text) || repeat(' detail', random(1, 12)),
    timestamptz '2025-01-01 00:00:00+00' + i * interval '4 minutes'
from generate_series(0, 119999) as i;

insert into objects (object_id, kind, qualified_name)
select
    i,
    (array['table', 'view', 'function', 'index'])[1 + i % 4],
    'schema_' || i % 30 || '.object_' || i
from generate_series(1, 10000) as i;

insert into contents (content_hash, size_bytes, n_references, last_seen_at)
select
    sha256(convert_to('content ' || i, 'UTF8')),
    random(200, 20000),
    1,
    timestamptz '2025-01-01 00:00:00+00'
from generate_series(1, 40000) as i;

insert into tree_entries (branch_id, object_id, content_hash)
select
    b,
    o,
    sha256(convert_to('content ' || random(1, 40000), 'UTF8'))
from generate_series(0, 19) as b, generate_series(1, 10000) as o;

insert into object_versions (object_id, valid_from, valid_to, commit_id, definition)
select
    random(1, 2700),
    timestamptz '2025-01-01 00:00:00+00' + i * interval '45 seconds',
    null,
    random(0, 119999),
    'create or replace ' || md5(i::text) || repeat(md5((i * 7)::text), 2)
from generate_series(1, 480000) as i;

insert into changes (change_id, branch_id, object_id, changed_at, patch)
select
    i,
    random(0, 19),
    random(1, 10000),
    timestamptz '2025-01-01 00:00:00+00' + random(1, 600000) * interval '1 minute',
    repeat(md5(i::text), 18)
from generate_series(1, 120000) as i;

create index commits_branch_idx on commits (branch_id, commit_id desc);
create index object_versions_object_idx on object_versions (object_id, valid_from desc);
create index changes_branch_idx on changes (branch_id, object_id);
create index changes_time_idx on changes (changed_at);

vacuum (freeze, analyze) branches, commits, objects, contents, tree_entries, object_versions, changes;
checkpoint;
