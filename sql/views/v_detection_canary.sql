-- Whether detection still finds the slow-downs that are made up for it every night, the newest night first.
-- Grain: one row per as-of, rule and size of the slow-down.
-- Window: everything stored.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_detection_canary as
select
    trials.as_of,
    trials.rule,
    trials.slowdown * 100 as slowdown_pct,
    count(distinct trials.operation_id) as operations,
    count(*) as trials,
    count(*) filter (where trials.is_found) as found,
    count(*) filter (where trials.is_found)::double precision / count(*) as recall,
    percentile_cont(0.5) within group (order by trials.delay_s) / 3600 as median_delay_hours,
    max(trials.config_hash) as config_hash
from oplatency.canary_trials as trials
group by trials.as_of, trials.rule, trials.slowdown
order by trials.as_of desc, trials.rule asc, trials.slowdown asc;
comment on view oplatency.v_detection_canary is 'Whether detection still finds the slow-downs that are made up for it every night.';
comment on column oplatency.v_detection_canary.as_of is 'End of the week that was copied.';
comment on column oplatency.v_detection_canary.rule is 'point: hours, for the alert rule of points; shift: the last day, for the rule of shifts.';
comment on column oplatency.v_detection_canary.slowdown_pct is 'Size of the slow-down in percent: 100 = twice as long.';
comment on column oplatency.v_detection_canary.operations is 'Operations it was tried on.';
comment on column oplatency.v_detection_canary.trials is 'Slow-downs that were made up.';
comment on column oplatency.v_detection_canary.found is 'Of these, those that would have alerted a person.';
comment on column oplatency.v_detection_canary.recall is 'Share that was found.';
comment on column oplatency.v_detection_canary.median_delay_hours is 'Median time from the start to the alert, hours; null = none was found.';
comment on column oplatency.v_detection_canary.config_hash is 'Settings it was judged with.';
