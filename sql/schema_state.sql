-- Where applied migrations are recorded; made before the first of them.
create schema if not exists oplatency;
comment on schema oplatency is 'Operation latency: facts, baselines, findings, and the views people read.';
create table if not exists oplatency.schema_migrations (
    version integer not null constraint schema_migrations_pk primary key,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default clock_timestamp()
);
comment on table oplatency.schema_migrations is 'One row per migration that was applied.';
comment on column oplatency.schema_migrations.version is 'Number in the file name.';
comment on column oplatency.schema_migrations.name is 'File name without its ending.';
comment on column oplatency.schema_migrations.checksum is 'SHA-256 of the file when it was applied.';
comment on column oplatency.schema_migrations.applied_at is 'When it was applied.';
