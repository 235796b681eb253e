-- Three sigma as the report has it, one operation after the other: mean and deviation of the seven days before, and every call
-- of the newest 24 hours beyond mean + 3 deviations. In our words, on pgGit's table with its indexes.
-- Grain: one row per call found, in bench.found_calls. Window: the day before bench.judged_until, against the seven days
-- before that. Re-run: replaces what was found.
create table if not exists bench.found_calls (operation_type text, metric_id bigint, z double precision);
truncate bench.found_calls;

do $$
declare
    judged_until timestamp := (select max(period_start) + interval '1 day' from bench.pggit_metrics);
    operation text;
    usual record;
begin
    for operation in select distinct operation_type from bench.pggit_metrics order by operation_type
    loop
        select avg(duration_microseconds) as mean, stddev(duration_microseconds) as deviation
        into usual
        from bench.pggit_metrics
        where
            operation_type = operation
            and start_time >= judged_until - interval '8 days'
            and start_time < judged_until - interval '1 day';

        insert into bench.found_calls
        select operation_type, metric_id, (duration_microseconds - usual.mean) / nullif(usual.deviation, 0)
        from bench.pggit_metrics
        where
            operation_type = operation
            and start_time >= judged_until - interval '1 day'
            and start_time < judged_until
            and duration_microseconds > usual.mean + 3 * usual.deviation;
    end loop;
end
$$;
