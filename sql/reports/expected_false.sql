-- How many false alerts the detections of the last 24 hours are expected to bring, by rule, beside how many operations alerted.
-- Grain: one row per rule. Window: published detections within the 24 hours before the reference time; of runs of which one
-- holds the other the longer, of attempts at one window the newest. Re-run: reads only.
with detections as (
    select distinct on (runs.window_start, runs.window_end)
        runs.window_start,
        runs.window_end,
        runs.result -> 'expected_false' as expected_false
    from oplatency.v_job_runs as runs
    where
        runs.job = 'detect_anomalies'
        and runs.status = 'published'
        and runs.operation is null
        and runs.window_start >= oplatency.reference_time() - interval '24 hours'
        and runs.window_end <= oplatency.reference_time()
    order by runs.window_start asc, runs.window_end asc, runs.published_at desc
),

counted as (
    select
        by_rule.key as rule,
        sum(by_rule.value::double precision) as expected,
        sum((detections.expected_false -> 'tests' ->> by_rule.key)::bigint)::bigint as tests
    from detections
    cross join lateral jsonb_each_text(detections.expected_false -> 'by_rule') as by_rule
    where
        not exists (
            select 1
            from detections as longer
            where
                longer.window_start <= detections.window_start
                and longer.window_end >= detections.window_end
                and (longer.window_start, longer.window_end) <> (detections.window_start, detections.window_end)
        )
    group by by_rule.key
)

select
    counted.rule,
    counted.tests,
    counted.expected,
    (
        select count(distinct verdicts.operation)
        from oplatency.v_verdicts as verdicts
        where
            verdicts.rule = counted.rule
            and verdicts.outcome = 'alert'
            and verdicts.window_end > oplatency.reference_time() - interval '24 hours'
            and verdicts.window_end <= oplatency.reference_time()
    ) as alerting
from counted
order by (select rules.rank from oplatency.v_rules as rules where rules.rule = counted.rule);
