-- Who did what: configurations, what people set for an operation, job runs, audits, the load of the bootstrap data.
create table oplatency.configurations (
    config_hash text not null
        constraint configurations_pk primary key,
    config_no integer generated always as identity
        constraint configurations_config_no_uq unique,
    content jsonb not null,
    first_used_at timestamptz not null default clock_timestamp()
);
comment on table oplatency.configurations is 'One row per set of analysis settings that ever produced a result.';
comment on column oplatency.configurations.config_hash is
'First 16 hexadecimal digits of the SHA-256 of the canonical settings.';
comment on column oplatency.configurations.config_no is 'Order in which configurations were first used.';
comment on column oplatency.configurations.content is 'The settings: section, name, value.';
comment on column oplatency.configurations.first_used_at is 'When a job first used it.';

-- Which configuration is in use, so that going back to earlier settings brings their baselines back into force.
create table oplatency.configuration_uses (
    use_no bigint generated always as identity
        constraint configuration_uses_pk primary key,
    config_hash text not null
        constraint configuration_uses_config_hash_fk references oplatency.configurations,
    used_at timestamptz not null default clock_timestamp()
);
comment on table oplatency.configuration_uses is
'One row each time baselines were published with other settings than before.';
comment on column oplatency.configuration_uses.use_no is
'Order of use; the configuration of the largest number is in use.';
comment on column oplatency.configuration_uses.config_hash is 'Settings that came into use.';
comment on column oplatency.configuration_uses.used_at is 'When baselines were first published with them, this time.';

-- An append-only history; the value in force stands in operation_types.
create table oplatency.operation_changes (
    change_no bigint generated always as identity
        constraint operation_changes_pk primary key,
    operation_id integer not null
        constraint operation_changes_operation_id_fk references oplatency.operation_types,
    setting text not null
        constraint operation_changes_setting_ck
        check (setting in ('alert_threshold', 'is_tracked', 'category', 'min_effect', 'scale_floor')),
    old_value jsonb not null,
    new_value jsonb not null,
    note text not null
        constraint operation_changes_note_ck check (btrim(note) <> ''),
    changed_by text not null,
    changed_at timestamptz not null default clock_timestamp(),
    config_hash text not null
        constraint operation_changes_config_hash_fk references oplatency.configurations,
    constraint operation_changes_differ_ck check (old_value <> new_value)
);
create index operation_changes_operation_ix on oplatency.operation_changes (operation_id, setting, change_no);
comment on table oplatency.operation_changes is
'One row per value that a user set for an operation; never changed, never deleted.';
comment on column oplatency.operation_changes.change_no is 'Order of the changes.';
comment on column oplatency.operation_changes.operation_id is 'Operation.';
comment on column oplatency.operation_changes.setting is 'Column of operation_types that was set.';
comment on column oplatency.operation_changes.old_value is 'Value before; JSON null = the general setting.';
comment on column oplatency.operation_changes.new_value is 'Value from then on; JSON null = the general setting.';
comment on column oplatency.operation_changes.note is 'Why, in words.';
comment on column oplatency.operation_changes.changed_by is 'Who set it.';
comment on column oplatency.operation_changes.changed_at is 'When it was set.';
comment on column oplatency.operation_changes.config_hash is
'Configuration after the change, by which results name it.';

-- A run notes which facts and which baselines it has seen. What arrives later can then be told from what was there,
-- exactly, and only results that lack it are computed again.
create table oplatency.job_runs (
    run_token uuid not null
        constraint job_runs_pk primary key,
    job text not null,
    window_start timestamptz not null,
    window_end timestamptz not null,
    scope text not null default '',
    config_hash text not null
        constraint job_runs_config_hash_fk references oplatency.configurations,
    status text not null
        constraint job_runs_status_ck check (status in ('staged', 'audited', 'failed', 'published', 'superseded')),
    is_stale boolean not null default false,
    facts_from timestamptz,
    facts_snapshot pg_snapshot,
    baselines_from timestamptz,
    newest_baseline_id bigint,
    staged_digest text not null,
    result jsonb not null default '{}',
    staged_at timestamptz not null default clock_timestamp(),
    audited_at timestamptz,
    published_at timestamptz,
    constraint job_runs_window_ck check (window_start < window_end)
);
create index job_runs_window_ix on oplatency.job_runs (job, window_start, window_end, scope);
comment on table oplatency.job_runs is 'One row per attempt of a job over a window, from stage to publish.';
comment on column oplatency.job_runs.run_token is
'Fencing token: names the staged rows; only the newest of a window may publish.';
comment on column oplatency.job_runs.job is 'Name of the job, which is also its DAG.';
comment on column oplatency.job_runs.window_start is 'First instant of the window, inclusive.';
comment on column oplatency.job_runs.window_end is 'End of the window, exclusive.';
comment on column oplatency.job_runs.scope is 'The one operation the run was limited to; empty = all.';
comment on column oplatency.job_runs.config_hash is 'Settings the run used.';
comment on column oplatency.job_runs.status is
'staged, audited, failed (audit refused), published, or superseded by a newer attempt.';
comment on column oplatency.job_runs.is_stale is
'Whether facts or baselines came that the run had not seen; of several published runs of a window only the newest counts.';
comment on column oplatency.job_runs.facts_from is
'First instant of the facts that the run read, inclusive; they end with the window; null = with the window they begin.';
comment on column oplatency.job_runs.facts_snapshot is
'Snapshot in which the run read facts; null = not known, no facts that were noted later count as seen.';
comment on column oplatency.job_runs.baselines_from is
'First instant whose baselines in force the run read; they end with the window; null = with the window they begin.';
comment on column oplatency.job_runs.newest_baseline_id is
'Baselines with a number up to this were read by the run, or were found not to concern it; null = not known, none is weighed.';
comment on column oplatency.job_runs.staged_digest is
'MD5 over the staged rows; publishing checks that they are still these.';
comment on column oplatency.job_runs.result is 'Counts the run reports.';
comment on column oplatency.job_runs.staged_at is 'When the staged rows were committed.';
comment on column oplatency.job_runs.audited_at is 'When the audit ended; null before.';
comment on column oplatency.job_runs.published_at is 'When the rows were published; null before.';

create table oplatency.audit_results (
    audit_id bigint generated always as identity
        constraint audit_results_pk primary key,
    run_token uuid,
    suite text not null,
    expectation text not null,
    description text not null,
    subject text not null,
    severity text not null default 'critical'
        constraint audit_results_severity_ck check (severity in ('critical', 'warning')),
    passed boolean not null,
    n_rows bigint not null,
    n_unexpected bigint not null,
    detail text not null default '',
    checked_at timestamptz not null default clock_timestamp()
);
create index audit_results_run_token_ix on oplatency.audit_results (run_token);
comment on table oplatency.audit_results is 'One row per expectation of a suite and time it was checked.';
comment on column oplatency.audit_results.audit_id is 'Surrogate key.';
comment on column oplatency.audit_results.run_token is
'Run or batch whose staged rows were checked; null = what is published was checked.';
comment on column oplatency.audit_results.suite is 'Name of the suite.';
comment on column oplatency.audit_results.expectation is
'Id of what was expected: the table and a name; docs/quality.md lists them.';
comment on column oplatency.audit_results.description is 'The same in words, as they were then.';
comment on column oplatency.audit_results.subject is 'Table or columns it was expected of.';
comment on column oplatency.audit_results.severity is
'critical = nothing is published where it does not hold, warning = it is only recorded (setting quality.warnings).';
comment on column oplatency.audit_results.passed is 'Whether it held; an expectation that raised counts as not held.';
comment on column oplatency.audit_results.n_rows is 'Rows looked at.';
comment on column oplatency.audit_results.n_unexpected is 'Rows that did not hold.';
comment on column oplatency.audit_results.detail is 'Examples or the error, shortened; empty when it held.';
comment on column oplatency.audit_results.checked_at is 'When it was checked.';

create table oplatency.bootstrap_loads (
    as_of timestamptz not null
        constraint bootstrap_loads_as_of_ck check (as_of = date_trunc('day', as_of, 'UTC')),
    is_singleton boolean not null default true
        constraint bootstrap_loads_pk primary key
        constraint bootstrap_loads_is_only_ck check (is_singleton),
    loaded_at timestamptz not null default clock_timestamp()
);
comment on table oplatency.bootstrap_loads is 'At most one row: the instant the bootstrap data was loaded relative to.';
comment on column oplatency.bootstrap_loads.as_of is 'End of the bootstrap data''s seven days; a UTC day boundary.';
comment on column oplatency.bootstrap_loads.is_singleton is 'Keeps the table at one row.';
comment on column oplatency.bootstrap_loads.loaded_at is 'When it was loaded.';
