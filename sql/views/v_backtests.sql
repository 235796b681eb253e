-- How configurations did on replayed history, the newest replay first.
-- Grain: one row per replayed window, configuration and file of labels.
-- Window: everything stored.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_backtests as
select
    backtests.window_start,
    backtests.window_end,
    backtests.config_hash,
    backtests.arrivals,
    backtests.n_calls as calls,
    backtests.n_late as late_calls,
    backtests.n_alerts as alerts,
    backtests.n_alerts / (extract(epoch from backtests.window_end - backtests.window_start)::double precision / 86400)
        as alerts_per_day,
    backtests.n_labels as labels,
    backtests.n_true::double precision / nullif(backtests.n_alerts, 0) as precision,
    backtests.n_found::double precision / nullif(backtests.n_labels, 0) as recall,
    backtests.median_delay_s / 3600 as median_delay_hours,
    backtests.by_kind,
    backtests.content,
    backtests.replayed_at
from oplatency.backtests as backtests
order by backtests.replayed_at desc, backtests.config_hash asc;
comment on view oplatency.v_backtests is 'How configurations did on replayed history.';
comment on column oplatency.v_backtests.window_start is 'First replayed day, inclusive.';
comment on column oplatency.v_backtests.window_end is 'End of the last replayed day, exclusive.';
comment on column oplatency.v_backtests.config_hash is 'Settings it was replayed with.';
comment on column oplatency.v_backtests.arrivals is 'recorded: a call was there once its batch had arrived; started: once it had started.';
comment on column oplatency.v_backtests.calls is 'Calls of the window, without those with an error.';
comment on column oplatency.v_backtests.late_calls is 'Of these, calls that no night of the replay saw in time to judge them.';
comment on column oplatency.v_backtests.alerts is 'Alerts that a person would have got.';
comment on column oplatency.v_backtests.alerts_per_day is 'The same per day.';
comment on column oplatency.v_backtests.labels is 'Labels that touch the window; null = none were given.';
comment on column oplatency.v_backtests.precision is 'Share of the alerts that overlap a label of their operation; null = no alerts or labels.';
comment on column oplatency.v_backtests.recall is 'Share of the labels that an alert overlaps; null = no labels.';
comment on column oplatency.v_backtests.median_delay_hours is 'Median time from the start of a label to its first alert, hours; null = none was found.';
comment on column oplatency.v_backtests.by_kind is 'Alerts by kind.';
comment on column oplatency.v_backtests.content is 'The settings.';
comment on column oplatency.v_backtests.replayed_at is 'When it was replayed.';
