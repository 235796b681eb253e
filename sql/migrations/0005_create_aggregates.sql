-- What sources know of many calls at once: counts, totals and deviations, never single durations. Kept apart from the
-- facts, because nothing that needs samples (percentiles, baselines, detection) can be computed from them.
create table oplatency.statement_polls (
    source text not null
        constraint statement_polls_pk primary key,
    server_id text not null,
    scope_dbid bigint not null,
    taken_at timestamptz not null,
    stats_reset timestamptz,
    n_evicted bigint
);
comment on table oplatency.statement_polls is 'One row per source of pg_stat_statements: its last snapshot as a whole.';
comment on column oplatency.statement_polls.source is 'Name of the source.';
comment on column oplatency.statement_polls.server_id is 'System identifier of the server; another server starts anew.';
comment on column oplatency.statement_polls.scope_dbid is
'OID of the database whose statements are read; 0 = those of all. Another scope starts anew.';
comment on column oplatency.statement_polls.taken_at is 'When it was taken, on the clock of the server.';
comment on column oplatency.statement_polls.stats_reset is
'When all its counts were last set to zero; null = not known (before PostgreSQL 14).';
comment on column oplatency.statement_polls.n_evicted is
'Times entries were dropped for others since the reset; null = not known (before PostgreSQL 14).';

create table oplatency.statement_snapshots (
    source text not null
        constraint statement_snapshots_source_fk references oplatency.statement_polls (source),
    dbid bigint not null,
    userid bigint not null,
    queryid bigint not null,
    toplevel boolean not null,
    n_calls bigint not null
        constraint statement_snapshots_n_calls_ck check (n_calls >= 0),
    total_ms double precision not null
        constraint statement_snapshots_total_ck check (total_ms >= 0 and total_ms < 'Infinity'),
    squares_ms2 double precision not null
        constraint statement_snapshots_squares_ck check (squares_ms2 >= 0 and squares_ms2 < 'Infinity'),
    n_rows bigint not null,
    stats_since timestamptz,
    taken_at timestamptz not null,
    constraint statement_snapshots_pk primary key (source, dbid, userid, queryid, toplevel)
);
comment on table oplatency.statement_snapshots is
'One row per entry of pg_stat_statements: the counts up to which its calls are in aggregate_intervals.';
comment on column oplatency.statement_snapshots.source is 'Name of the source.';
comment on column oplatency.statement_snapshots.dbid is 'OID of the database it ran in.';
comment on column oplatency.statement_snapshots.userid is 'OID of the role that ran it.';
comment on column oplatency.statement_snapshots.queryid is 'Hash of the statement without its literals, by the server.';
comment on column oplatency.statement_snapshots.toplevel is
'Whether it was sent by a client; false = it ran within a function. True before PostgreSQL 14.';
comment on column oplatency.statement_snapshots.n_calls is 'Executions since the counts began.';
comment on column oplatency.statement_snapshots.total_ms is 'Time of these executions, milliseconds.';
comment on column oplatency.statement_snapshots.squares_ms2 is
'Sum of squared distances of these executions from their mean, square milliseconds.';
comment on column oplatency.statement_snapshots.n_rows is 'Rows that these executions returned or touched.';
comment on column oplatency.statement_snapshots.stats_since is
'When the counts of the entry began; null = not known (before PostgreSQL 17).';
comment on column oplatency.statement_snapshots.taken_at is
'Instant that the counts hold for, on the clock of the server; older than the last poll where calls wait to be counted.';

create table oplatency.aggregate_intervals (
    source text not null,
    operation_id integer not null
        constraint aggregate_intervals_operation_id_fk references oplatency.operation_types,
    branch_id integer not null
        constraint aggregate_intervals_branch_id_fk references oplatency.branches,
    interval_start timestamptz not null,
    interval_end timestamptz not null,
    n_calls bigint not null
        constraint aggregate_intervals_n_calls_ck check (n_calls > 0),
    total_us double precision not null
        constraint aggregate_intervals_total_ck check (total_us >= 0 and total_us < 'Infinity'),
    mean_us double precision not null
        constraint aggregate_intervals_mean_ck check (mean_us >= 0 and mean_us < 'Infinity'),
    sd_us double precision not null
        constraint aggregate_intervals_sd_ck check (sd_us >= 0 and sd_us < 'Infinity'),
    n_rows bigint not null,
    constraint aggregate_intervals_pk primary key (source, operation_id, branch_id, interval_end, interval_start),
    constraint aggregate_intervals_order_ck check (interval_start < interval_end)
);
create index aggregate_intervals_end_ix on oplatency.aggregate_intervals (interval_end);
comment on table oplatency.aggregate_intervals is
'One row per operation and interval of time of a source that knows aggregates only: no samples, so no percentiles, baselines or findings.';
comment on column oplatency.aggregate_intervals.source is 'Name of the source.';
comment on column oplatency.aggregate_intervals.operation_id is 'Operation it is about.';
comment on column oplatency.aggregate_intervals.branch_id is 'Branch it is about; -1 = unknown.';
comment on column oplatency.aggregate_intervals.interval_start is 'First instant, inclusive, on the clock of the source.';
comment on column oplatency.aggregate_intervals.interval_end is 'End, exclusive, on the clock of the source.';
comment on column oplatency.aggregate_intervals.n_calls is 'Calls that ended within it.';
comment on column oplatency.aggregate_intervals.total_us is 'Sum of their durations, microseconds.';
comment on column oplatency.aggregate_intervals.mean_us is 'Mean duration, microseconds.';
comment on column oplatency.aggregate_intervals.sd_us is 'Standard deviation of the durations, microseconds, ddof 0.';
comment on column oplatency.aggregate_intervals.n_rows is 'Rows that these calls returned or touched.';
