-- One trial.
-- Grain: one row. Window: the week that ends with as_of. Re-run: refused, delete first.
insert into oplatency.canary_trials
(as_of, operation_id, rule, slowdown, window_start, window_end, n_calls, is_found, delay_s, config_hash)
values
(
    %(as_of)s, %(operation_id)s, %(rule)s, %(slowdown)s, %(window_start)s, %(window_end)s, %(n_calls)s, %(is_found)s,
    %(delay_s)s, %(config_hash)s
);
