-- A batch whose durations are a thousand or a million times too short or too long was written in another unit: its rows are
-- refused, also those of operations of which nothing usual is known; rows that claim their end, which agrees, are not.
-- Grain: one refusal per such row. Window: the rows of one attempt, of which every n-th is looked at; what is usual is
-- the baseline in force, else the last calls stored from seven days before it. Re-run: the same rows are rejected.
with grouped as (
    select
        operation,
        min(hour_at) as first_at,
        max(newest_at) as last_at,
        min(least_us) as least_us,
        max(most_us) as most_us
    from oplatency.staged_statistics
    where run_token = %(run_token)s and operation is not null
    group by operation
),

usual as (
    select
        grouped.operation,
        coalesce(baselines.p50_us, newest.p50_us) as usual_us,
        coalesce(baselines.min_us, newest.min_us) as least_us,
        coalesce(baselines.p99_us, newest.p99_us) as most_us,
        grouped.least_us as shortest_us,
        grouped.most_us as longest_us
    from grouped
    inner join oplatency.operation_types as operations on grouped.operation = operations.name
    left join oplatency.active_baselines as baselines
        on
            operations.operation_id = baselines.operation_id
            and baselines.branch_id = 0
            and baselines.n_calls >= %(unit_slip_min_calls)s
    left join lateral (
        select
            count(*) as n_calls,
            percentile_cont(0.5) within group (order by calls.duration_us) as p50_us,
            percentile_cont(0.99) within group (order by calls.duration_us) as p99_us,
            min(calls.duration_us) as min_us
        from (
            select metrics.duration_us
            from oplatency.metrics as metrics
            where
                baselines.baseline_id is null
                and operations.operation_id = metrics.operation_id
                and metrics.started_at >= grouped.first_at - interval '7 days'
                and metrics.started_at <= grouped.last_at
                and metrics.error is null
            order by metrics.started_at desc
            limit 1000
        ) as calls
    ) as newest on true
    where baselines.baseline_id is not null or newest.n_calls >= %(unit_slip_min_calls)s
),

-- a median lies between the shortest and the longest: where neither could be a slip, no call need be looked at
suspected as (
    select usual.operation
    from usual
    where
        (
            (usual.shortest_us < usual.least_us and usual.shortest_us * 1000.0 <= usual.usual_us * %(unit_slip_tolerance)s)
            or (usual.longest_us > usual.most_us and usual.longest_us / 1000.0 >= usual.usual_us / %(unit_slip_tolerance)s)
        -- an attempt that an older release staged does not say
        ) is not false
),

looked_at as (
    select
        operation,
        duration_us
    from oplatency.staged_metrics
    where
        run_token = %(run_token)s
        and error is null
        and mod(row_no, %(stride)s) = 0
        and exists (select 1 from suspected)
),

measured as (
    select
        operation,
        count(*) as n_calls,
        percentile_disc(0.5) within group (order by duration_us) as median_us
    from looked_at
    group by operation
),

known as (
    select
        usual.operation,
        measured.n_calls,
        measured.median_us,
        usual.usual_us,
        usual.least_us,
        usual.most_us
    from usual
    inner join measured on usual.operation = measured.operation
),

judged as (
    select
        known.*,
        (
            select slips.slip
            from (values (0.001), (0.000001), (1000), (1000000)) as slips (slip)
            where
                case when slips.slip < 1 then known.median_us < known.least_us else known.median_us > known.most_us end
                and known.median_us / slips.slip
                between known.usual_us / %(unit_slip_tolerance)s and known.usual_us * %(unit_slip_tolerance)s
        ) as slip
    from known
),

-- a row counts for a slip where it is nearer to it than to what is usual
nearer as (
    select
        judged.slip,
        count(*) as n_calls
    from looked_at
    inner join judged on looked_at.operation = judged.operation
    where
        (judged.slip < 1 and looked_at.duration_us < judged.usual_us * sqrt(judged.slip))
        or (judged.slip > 1 and looked_at.duration_us > judged.usual_us * sqrt(judged.slip))
    group by judged.slip
),

verdict as (
    select nearer.slip
    from nearer
    cross join (
        select
            count(*) as n_operations,
            sum(judged.n_calls) as n_calls
        from judged
    ) as everything
    where
        everything.n_calls >= %(unit_slip_min_calls)s
        and nearer.n_calls >= %(unit_slip_share)s * everything.n_calls
        and (select count(*) from judged where judged.slip = nearer.slip)
        >= %(unit_slip_share)s * everything.n_operations
),

unmoved as (
    select judged.operation
    from judged
    cross join verdict
    where judged.slip is distinct from verdict.slip
)

insert into oplatency.staged_rejections (run_token, row_no, reason, detail)
select
    %(run_token)s,
    staged.row_no,
    'unit_slip',
    coalesce(
        'median ' || to_char(judged.median_us, 'FM999,999,999,999,990') || ' us where '
        || to_char(judged.usual_us, 'FM999,999,999,999,990') || ' us is usual: ',
        'nothing usual is known of the operation; the others of the batch are off: '
    )
    || case
        when verdict.slip < 1 then '1/' || round(1 / verdict.slip)
        else round(verdict.slip) || ' times'
    end
    || ', looks like '
    || case
        when verdict.slip = 0.001 and staged.has_duration_us then 'milliseconds in duration_us'
        when verdict.slip = 0.001 then 'seconds in duration_ms'
        when verdict.slip = 0.000001 and staged.has_duration_us then 'seconds in duration_us'
        when verdict.slip = 1000 and staged.has_duration_us then 'nanoseconds in duration_us'
        when verdict.slip = 1000 then 'microseconds in duration_ms'
        when verdict.slip = 1000000 and not staged.has_duration_us then 'nanoseconds in duration_ms'
        else 'another unit'
    end
from oplatency.staged_metrics as staged
cross join verdict
left join judged on staged.operation = judged.operation
where
    staged.run_token = %(run_token)s
    and not staged.has_ended_at
    and staged.operation not in (select unmoved.operation from unmoved)
on conflict do nothing;
