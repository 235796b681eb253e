-- Every rule leaves a verdict, for silence too; degradations tell which rule found them.
alter table oplatency.degradations
add column kind text not null default 'shift'
    constraint degradations_kind_ck check (kind in ('shift', 'tail', 'trend')),
add column classical_z double precision
    constraint degradations_classical_z_ck check (abs(classical_z) < 'Infinity'),
add column quantile_shifts double precision[]
    constraint degradations_quantile_shifts_ck check (cardinality(quantile_shifts) = 5),
add column onset_at timestamptz,
add column onset_low_at timestamptz,
add column onset_high_at timestamptz,
add constraint degradations_onset_ck check (onset_low_at <= onset_at and onset_at <= onset_high_at),
drop constraint degradations_pk,
add constraint degradations_pk primary key (operation_id, branch_id, kind, window_end, window_start);
alter table oplatency.staged_degradations
add column kind text,
add column classical_z double precision,
add column quantile_shifts double precision[],
add column onset_at timestamptz,
add column onset_low_at timestamptz,
add column onset_high_at timestamptz;
comment on column oplatency.degradations.kind is
'shift: the level of the newest days; tail: their share of slow calls; trend: a drift over the window, or against weeks ago.';
comment on column oplatency.degradations.before_us is
'Before, microseconds: the median; for a tail the quantile that moved; for a trend the level its line begins at.';
comment on column oplatency.degradations.after_us is
'In the window, microseconds: the median; for a tail the quantile; for a trend the level its line ends at.';
comment on column oplatency.degradations.classical_z is
'Difference of the raw means in standard errors, for comparison; null = a trend, which has none.';
comment on column oplatency.degradations.quantile_shifts is
'Change of p50, p75, p90, p95, p99, each a ratio - 1; null = a rule that looks at no quantiles.';
comment on column oplatency.degradations.onset_at is 'Most likely start of the change; null = it was not dated.';
comment on column oplatency.degradations.onset_low_at is 'Earliest start, 95 %; null = it was not dated.';
comment on column oplatency.degradations.onset_high_at is 'Latest start, 95 %; null = it was not dated.';
comment on column oplatency.anomalies.duration_us is
'Duration of the call, microseconds; for a silence the mean time without a call, which lasted on when the hour ended.';
comment on column oplatency.anomalies.expected_us is
'What the baseline expects there, microseconds; for a silence the usual time from call to call.';

create table oplatency.verdicts (
    operation_id integer not null
        constraint verdicts_operation_id_fk references oplatency.operation_types,
    branch_id integer not null
        constraint verdicts_branch_id_fk references oplatency.branches,
    rule text not null
        constraint verdicts_rule_ck check (rule in ('point', 'silence', 'shift', 'tail', 'trend', 'anchor')),
    window_start timestamptz not null,
    window_end timestamptz not null,
    baseline_as_of timestamptz,
    n_calls bigint not null
        constraint verdicts_n_calls_ck check (n_calls >= 0),
    n_findings bigint not null
        constraint verdicts_n_findings_ck check (n_findings >= 0),
    outcome text not null
        constraint verdicts_outcome_ck check (outcome in ('alert', 'finding', 'quiet', 'no_calls', 'not_judged')),
    observed double precision,
    expected double precision,
    needed double precision,
    gates jsonb not null
        constraint verdicts_gates_ck check (jsonb_typeof(gates) = 'array'),
    constraint verdicts_pk primary key (operation_id, window_end, rule, window_start, branch_id),
    constraint verdicts_window_ck check (window_start < window_end)
);
create index verdicts_window_end_ix on oplatency.verdicts using brin (window_end);
comment on table oplatency.verdicts is 'One row per operation, branch, judged window and rule, whether it found something or not.';
comment on column oplatency.verdicts.operation_id is 'Operation it is about.';
comment on column oplatency.verdicts.branch_id is 'Branch it is about; 0 = all branches.';
comment on column oplatency.verdicts.rule is
'point and silence judge an hour; shift, tail, trend and anchor (against weeks ago) the days that end with window_end.';
comment on column oplatency.verdicts.window_start is 'First instant of the judged window, inclusive.';
comment on column oplatency.verdicts.window_end is 'End of the judged window, exclusive.';
comment on column oplatency.verdicts.baseline_as_of is 'As-of of the baseline it was judged against; null = none.';
comment on column oplatency.verdicts.n_calls is 'Calls of the window.';
comment on column oplatency.verdicts.n_findings is 'Findings that the rule made of it.';
comment on column oplatency.verdicts.outcome is
'alert, finding (recorded, tells nobody), quiet, no_calls, or not_judged (nothing to judge against).';
comment on column oplatency.verdicts.observed is
'What decided: microseconds of the call that came closest, or the later level; for silence the calls; null = none.';
comment on column oplatency.verdicts.expected is
'What was expected there: microseconds, for silence calls; null = nothing was.';
comment on column oplatency.verdicts.needed is
'From where on it would have been a finding: microseconds, for silence calls; null = not known.';
comment on column oplatency.verdicts.gates is
'Gates in the order they are passed: [name, value, limit, passed]; value null = could not be computed.';
create table oplatency.staged_verdicts as
select null::uuid as run_token, source.*
from oplatency.verdicts as source
with no data;
create index staged_verdicts_run_token_ix on oplatency.staged_verdicts (run_token);
comment on table oplatency.staged_verdicts is 'Rows of verdicts that wait for the audit; no constraints, the audit judges them.';
comment on column oplatency.staged_verdicts.run_token is 'Run that staged the row.';
do $$
declare
    staged record;
begin
    for staged in
        select
            mirror.relname,
            mirror_column.attname,
            max(pg_catalog.col_description(origin.oid, origin_column.attnum)) as description
        from pg_catalog.pg_class as mirror
        inner join pg_catalog.pg_attribute as mirror_column
            on mirror.oid = mirror_column.attrelid and mirror_column.attnum > 0
        inner join pg_catalog.pg_class as origin
            on mirror.relnamespace = origin.relnamespace
            and origin.relname in (substr(mirror.relname, 8), 'baseline_profiles')
        inner join pg_catalog.pg_attribute as origin_column
            on origin.oid = origin_column.attrelid and mirror_column.attname = origin_column.attname
        where
            mirror.relnamespace = 'oplatency'::regnamespace
            and mirror.relname like 'staged\_%'
            and pg_catalog.col_description(mirror.oid, mirror_column.attnum) is null
        group by mirror.relname, mirror_column.attname
    loop
        execute format(
            'comment on column oplatency.%I.%I is %L', staged.relname, staged.attname, staged.description
        );
    end loop;
end
$$;
