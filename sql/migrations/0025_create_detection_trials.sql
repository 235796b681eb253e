-- Made-up slow-downs, and whether detection found them.
create table oplatency.detection_trials (
    as_of timestamptz not null
        constraint detection_trials_as_of_ck check (as_of = date_trunc('day', as_of, 'UTC')),
    operation_id integer not null
        constraint detection_trials_operation_id_fk references oplatency.operation_types,
    rule text not null
        constraint detection_trials_rule_ck check (rule in ('point', 'shift')),
    slowdown double precision not null
        constraint detection_trials_slowdown_ck check (slowdown > 0 and slowdown < 'Infinity'),
    window_start timestamptz not null,
    window_end timestamptz not null,
    n_calls bigint not null
        constraint detection_trials_n_calls_ck check (n_calls >= 1),
    is_found boolean not null,
    delay_s double precision
        constraint detection_trials_delay_ck check (delay_s >= 0 and delay_s < 'Infinity'),
    config_hash text not null,
    tried_at timestamptz not null default clock_timestamp(),
    constraint detection_trials_pk primary key (as_of, operation_id, rule, slowdown, window_start),
    constraint detection_trials_window_ck check (window_start < window_end),
    constraint detection_trials_found_ck check (is_found = (delay_s is not null))
);
comment on table oplatency.detection_trials is
'One row per slow-down that was made up in a copy of last week, to see whether detection finds it. No call is changed.';
comment on column oplatency.detection_trials.as_of is 'End of the week that was copied; the baselines in force then judge.';
comment on column oplatency.detection_trials.operation_id is 'Operation whose copied calls were slowed down.';
comment on column oplatency.detection_trials.rule is 'point: hours, for the alert rule of points; shift: the last day, for the rule of shifts.';
comment on column oplatency.detection_trials.slowdown is 'By how much: 1 = every call took twice as long; no unit.';
comment on column oplatency.detection_trials.window_start is 'First instant of the calls that were slowed down, as they really came.';
comment on column oplatency.detection_trials.window_end is 'End of them, exclusive.';
comment on column oplatency.detection_trials.n_calls is 'Calls that were slowed down.';
comment on column oplatency.detection_trials.is_found is 'Whether it would have alerted a person.';
comment on column oplatency.detection_trials.delay_s is
'From the start of the slow-down to the end of the hour or day in which it alerted, seconds; null = it did not.';
comment on column oplatency.detection_trials.config_hash is 'Settings it was judged with.';
comment on column oplatency.detection_trials.tried_at is 'When it was tried.';
