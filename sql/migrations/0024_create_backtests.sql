-- How configurations do on replayed history.
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
