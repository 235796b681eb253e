-- The detection rules, so that statements join them instead of listing their names.
create table oplatency.rules (
    rule text not null constraint rules_pk primary key,
    kind text not null,
    grain text not null constraint rules_grain_ck check (grain in ('call', 'hour', 'day')),
    rank smallint not null constraint rules_rank_uk unique
);
comment on table oplatency.rules is 'Detection rules; a row per module of oplatency.detection.rules, from which a test compares it.';
comment on column oplatency.rules.rule is 'Name of the rule.';
comment on column oplatency.rules.kind is 'Kind of its findings.';
comment on column oplatency.rules.grain is 'What it judges: single calls and hours with every run, days when they close.';
comment on column oplatency.rules.rank is
'Order in which rules are applied and shown; of an operation''s closed day the finding of the lowest rank notifies.';

insert into oplatency.rules (rule, kind, grain, rank)
values
    ('point', 'point', 'call', 1),
    ('silence', 'silence', 'hour', 2),
    ('shift', 'shift', 'day', 3),
    ('tail', 'tail', 'day', 4),
    ('trend', 'trend', 'day', 5),
    ('creep', 'trend', 'day', 6);

-- the suites compare kinds with the rules
alter table oplatency.anomalies drop constraint anomalies_kind_ck;
alter table oplatency.degradations drop constraint degradations_kind_ck;
alter table oplatency.verdicts drop constraint verdicts_rule_ck;
alter table oplatency.verdicts add constraint verdicts_rule_fk foreign key (rule) references oplatency.rules (rule);
alter table oplatency.detection_trials drop constraint detection_trials_rule_ck;
alter table oplatency.detection_trials
add constraint detection_trials_rule_fk foreign key (rule) references oplatency.rules (rule);
comment on column oplatency.verdicts.rule is
'Rule that decided: of a call or hour it judges the hour, of a day the days that end with window_end.';
comment on column oplatency.staged_verdicts.rule is
'Rule that decided: of a call or hour it judges the hour, of a day the days that end with window_end.';
