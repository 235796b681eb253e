-- The score of one replay.
-- Grain: one row. Window: the replayed one. Re-run: replaced.
insert into oplatency.backtests
(
    window_start, window_end, config_hash, labels_hash, arrivals, content, n_calls, n_late, n_alerts, by_kind, n_labels,
    n_true, n_found, median_delay_s
)
values
(
    %(window_start)s, %(window_end)s, %(config_hash)s, %(labels_hash)s, %(arrivals)s, %(content)s, %(n_calls)s, %(n_late)s,
    %(n_alerts)s, %(by_kind)s, %(n_labels)s, %(n_true)s, %(n_found)s, %(median_delay_s)s
)
on conflict on constraint backtests_pk do update set
    content = excluded.content,
    n_calls = excluded.n_calls,
    n_late = excluded.n_late,
    n_alerts = excluded.n_alerts,
    by_kind = excluded.by_kind,
    n_labels = excluded.n_labels,
    n_true = excluded.n_true,
    n_found = excluded.n_found,
    median_delay_s = excluded.median_delay_s,
    replayed_at = clock_timestamp();
