-- Whether the sources still deliver, and how much of it is rejected.
-- Grain: one row per source that ever delivered or was polled. What ships with oplatency and calls recorded from SQL
-- have no arrivals and no row; rows that were released from quarantine did not arrive again.
-- Window: the last 24 hours and 7 days before the reference time; gaps are those of the 7 days up to the last arrival, so
-- that a source is still known to be silent a week later.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_ingest_health as
with arrivals as (
    select
        ingest_batches.source,
        ingest_batches.received_at,
        ingest_batches.newest_call_at,
        ingest_batches.rows_in,
        ingest_batches.accepted,
        ingest_batches.quarantined
    from oplatency.ingest_batches as ingest_batches
    where
        ingest_batches.format <> 'builtin'
        and ingest_batches.retry_of is null
        and ingest_batches.status in ('published', 'partial_source', 'failed')
),

polled as (
    select
        source_watermarks.source,
        max(source_watermarks.polled_at) as polled_at
    from oplatency.source_watermarks as source_watermarks
    group by source_watermarks.source
),

by_source as (
    select
        arrivals.source,
        max(arrivals.received_at) as received_at,
        max(arrivals.received_at) filter (where arrivals.accepted > 0) as delivered_at,
        max(arrivals.newest_call_at) as newest_call_at,
        coalesce(
            sum(arrivals.rows_in) filter (
                where arrivals.received_at >= oplatency.reference_time() - interval '24 hours'
            ), 0
        )::bigint as rows_24h,
        coalesce(
            sum(arrivals.quarantined) filter (
                where arrivals.received_at >= oplatency.reference_time() - interval '24 hours'
            ), 0
        )::bigint as rejected_24h,
        coalesce(
            sum(arrivals.rows_in) filter (
                where arrivals.received_at >= oplatency.reference_time() - interval '168 hours'
            ), 0
        )::bigint as rows_7d
    from arrivals
    group by arrivals.source
),

-- a folder ingested from the command line is many arrivals within an hour: only hours and days make a habit
habits as (
    select
        arrivals.source,
        count(distinct date_trunc('hour', arrivals.received_at, 'UTC')) as n_hours,
        count(distinct date_trunc('day', arrivals.received_at, 'UTC')) as n_days
    from arrivals
    inner join by_source on arrivals.source = by_source.source
    where arrivals.accepted > 0 and arrivals.received_at >= by_source.delivered_at - interval '672 hours'
    group by arrivals.source
),

gaps as (
    select
        arrivals.source,
        extract(
            epoch from arrivals.received_at
            - lag(arrivals.received_at) over (partition by arrivals.source order by arrivals.received_at)
        )::double precision / 60 as gap_minutes
    from arrivals
    inner join by_source on arrivals.source = by_source.source
    where arrivals.accepted > 0 and arrivals.received_at >= by_source.delivered_at - interval '168 hours'
),

typical_gaps as (
    select
        gaps.source,
        count(gaps.gap_minutes) as n_gaps,
        percentile_cont(0.5) within group (order by gaps.gap_minutes) as p50_minutes,
        percentile_cont(0.95) within group (order by gaps.gap_minutes) as p95_minutes,
        -- nights come every day and belong to the habit; the longest gap alone may have been an outage
        (array_agg(gaps.gap_minutes order by gaps.gap_minutes desc))[2] as second_longest_minutes
    from gaps
    where gaps.gap_minutes is not null
    group by gaps.source
),

judged as (
    select
        coalesce(by_source.source, polled.source) as source,
        polled.source is not null as is_polled,
        greatest(by_source.received_at, polled.polled_at) as last_arrival_at,
        by_source.newest_call_at,
        coalesce(by_source.rows_24h, 0) as rows_24h,
        coalesce(by_source.rows_7d, 0) as rows_7d,
        by_source.rejected_24h,
        typical_gaps.p50_minutes,
        typical_gaps.p95_minutes,
        case
            when habits.n_hours >= 10 and habits.n_days >= 2 and typical_gaps.n_gaps >= 3
                then greatest(3 * typical_gaps.p95_minutes, 1.5 * typical_gaps.second_longest_minutes, 60)
        end as silent_after_minutes
    from by_source
    full outer join polled on by_source.source = polled.source
    left join habits on by_source.source = habits.source
    left join typical_gaps on by_source.source = typical_gaps.source
)

select
    judged.source,
    judged.is_polled,
    judged.last_arrival_at,
    greatest(extract(epoch from oplatency.reference_time() - judged.last_arrival_at)::double precision / 60, 0)
        as minutes_since_arrival,
    judged.newest_call_at as last_call_at,
    case
        when judged.newest_call_at is not null
            then
                greatest(extract(epoch from oplatency.reference_time() - judged.newest_call_at)::double precision / 60, 0)
    end as lag_minutes,
    judged.rows_24h,
    judged.rows_7d,
    100 * judged.rejected_24h::double precision / nullif(judged.rows_24h, 0) as rejected_24h_pct,
    judged.p50_minutes as gap_p50_minutes,
    judged.p95_minutes as gap_p95_minutes,
    judged.silent_after_minutes,
    coalesce(
        extract(epoch from oplatency.reference_time() - judged.last_arrival_at)::double precision / 60
        > judged.silent_after_minutes, false
    ) as is_silent
from judged
order by judged.source;
comment on view oplatency.v_ingest_health is
'Per source: last arrival, lag, rejected share, and whether it fell silent. Calls recorded from SQL come in no batch and are left out.';
comment on column oplatency.v_ingest_health.source is 'Name of the source.';
comment on column oplatency.v_ingest_health.is_polled is 'Whether it is asked for its rows, instead of sending files.';
comment on column oplatency.v_ingest_health.last_arrival_at is
'When its last batch was taken up, refused ones included; of a polled source, when it was last read without an error if that is later.';
comment on column oplatency.v_ingest_health.minutes_since_arrival is
'Minutes from last_arrival_at to the reference time; 0 if it is later.';
comment on column oplatency.v_ingest_health.last_call_at is
'When the newest call it brought started; null = it brought none.';
comment on column oplatency.v_ingest_health.lag_minutes is
'Minutes from last_call_at to the reference time; 0 if it is later, null = no such call.';
comment on column oplatency.v_ingest_health.rows_24h is 'Rows that arrived in the 24 hours before the reference time.';
comment on column oplatency.v_ingest_health.rows_7d is 'Rows that arrived in the 7 days before the reference time.';
comment on column oplatency.v_ingest_health.rejected_24h_pct is
'Those of rows_24h that are in quarantine, in percent; null = no rows.';
comment on column oplatency.v_ingest_health.gap_p50_minutes is
'Median of the gaps between arrivals with accepted rows, of the 7 days up to the last, in minutes; null = fewer than two.';
comment on column oplatency.v_ingest_health.gap_p95_minutes is
'95th percentile of the same gaps, in minutes; null = fewer than two arrivals.';
comment on column oplatency.v_ingest_health.silent_after_minutes is
'Minutes without an arrival after which it counts as silent: the largest of 3 times gap_p95_minutes, 1.5 times the second longest gap, and 60. Null = it did not deliver in 10 different hours on 2 days of the 28 before its last, so it is never silent.';
comment on column oplatency.v_ingest_health.is_silent is
'Whether nothing arrived for longer than silent_after_minutes.';
