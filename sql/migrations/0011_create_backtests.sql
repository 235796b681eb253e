-- How well detection does: configurations on replayed history, and synthetic slow-downs.
create table oplatency.backtests (
    window_start timestamptz not null,
    window_end timestamptz not null,
    config_hash text not null,
    labels_hash text not null,
    arrivals text not null
        constraint backtests_arrivals_ck check (arrivals in ('recorded', 'started')),
    content jsonb not null
        constraint backtests_content_ck check (jsonb_typeof(content) = 'object'),
    n_calls bigint not null
        constraint backtests_n_calls_ck check (n_calls >= 0),
    n_late bigint not null
        constraint backtests_n_late_ck check (n_late >= 0),
    n_alerts bigint not null
        constraint backtests_n_alerts_ck check (n_alerts >= 0),
    by_kind jsonb not null
        constraint backtests_by_kind_ck check (jsonb_typeof(by_kind) = 'object'),
    n_labels bigint,
    n_true bigint,
    n_found bigint,
    median_delay_s double precision
        constraint backtests_median_delay_ck check (median_delay_s >= 0 and median_delay_s < 'Infinity'),
    replayed_at timestamptz not null default clock_timestamp(),
    constraint backtests_pk primary key (window_start, window_end, config_hash, labels_hash, arrivals),
    constraint backtests_window_ck check (window_start < window_end),
    constraint backtests_labels_ck
    check (
        num_nonnulls(n_labels, n_true, n_found) in (0, 3)
        and (n_labels is null or (n_true between 0 and n_alerts and n_found between 0 and n_labels))
    )
);
comment on table oplatency.backtests is
'One row per replayed window, configuration and file of labels; replaying again replaces it. Nothing is judged by it.';
comment on column oplatency.backtests.window_start is 'First replayed day, inclusive.';
comment on column oplatency.backtests.window_end is 'End of the last replayed day, exclusive.';
comment on column oplatency.backtests.config_hash is 'Settings it was replayed with; they need not be those of any result.';
comment on column oplatency.backtests.labels_hash is 'SHA-256 of the file of labels, hexadecimal; empty = none was given.';
comment on column oplatency.backtests.arrivals is
'recorded: a call was there once its batch had arrived; started: once it had started.';
comment on column oplatency.backtests.content is 'The settings.';
comment on column oplatency.backtests.n_calls is 'Calls of the window, without those with an error.';
comment on column oplatency.backtests.n_late is 'Of these, calls that no night of the replay saw in time to judge them.';
comment on column oplatency.backtests.n_alerts is 'Alerts that a person would have got.';
comment on column oplatency.backtests.by_kind is 'The same by kind: point, silence, shift, tail, trend.';
comment on column oplatency.backtests.n_labels is 'Labels that touch the window; null = none were given.';
comment on column oplatency.backtests.n_true is 'Alerts that overlap a label of their operation; null = no labels.';
comment on column oplatency.backtests.n_found is 'Labels that an alert overlaps; null = no labels.';
comment on column oplatency.backtests.median_delay_s is
'Median time from the start of a label to its first alert, seconds; null = none was found.';
comment on column oplatency.backtests.replayed_at is 'When it was replayed.';

create table oplatency.canary_trials (
    as_of timestamptz not null
        constraint canary_trials_as_of_ck check (as_of = date_trunc('day', as_of, 'UTC')),
    operation_id integer not null
        constraint canary_trials_operation_id_fk references oplatency.operation_types,
    rule text not null
        constraint canary_trials_rule_fk references oplatency.rules (rule),
    slowdown double precision not null
        constraint canary_trials_slowdown_ck check (slowdown > 0 and slowdown < 'Infinity'),
    window_start timestamptz not null,
    window_end timestamptz not null,
    n_calls bigint not null
        constraint canary_trials_n_calls_ck check (n_calls >= 1),
    is_found boolean not null,
    delay_s double precision
        constraint canary_trials_delay_ck check (delay_s >= 0 and delay_s < 'Infinity'),
    config_hash text not null,
    tried_at timestamptz not null default clock_timestamp(),
    constraint canary_trials_pk primary key (as_of, operation_id, rule, slowdown, window_start),
    constraint canary_trials_window_ck check (window_start < window_end),
    constraint canary_trials_found_ck check (is_found = (delay_s is not null))
);
comment on table oplatency.canary_trials is
'One row per slow-down that was made up in a copy of last week, to see whether detection finds it. No call is changed.';
comment on column oplatency.canary_trials.as_of is 'End of the week that was copied; the baselines in force then judge.';
comment on column oplatency.canary_trials.operation_id is 'Operation whose copied calls were slowed down.';
comment on column oplatency.canary_trials.rule is 'point: hours, for the alert rule of points; shift: the last day, for the rule of shifts.';
comment on column oplatency.canary_trials.slowdown is 'By how much: 1 = every call took twice as long; no unit.';
comment on column oplatency.canary_trials.window_start is 'First instant of the calls that were slowed down, as they really came.';
comment on column oplatency.canary_trials.window_end is 'End of them, exclusive.';
comment on column oplatency.canary_trials.n_calls is 'Calls that were slowed down.';
comment on column oplatency.canary_trials.is_found is 'Whether it would have alerted a person.';
comment on column oplatency.canary_trials.delay_s is
'From the start of the slow-down to the end of the hour or day in which it alerted, seconds; null = it did not.';
comment on column oplatency.canary_trials.config_hash is 'Settings it was judged with.';
comment on column oplatency.canary_trials.tried_at is 'When it was tried.';
