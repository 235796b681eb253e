-- The row rules: names the first rule that each staged row breaks.
-- Grain: one update per rejected row. Window: the rows of one attempt. Re-run: the same rows are rejected again.
-- Materialized, so that each text is parsed once and each row judged once; joined by ctid, because rows that this
-- transaction copied have no statistics, and a join by number was planned as a loop within a loop.
with parsed as materialized (
    select
        staged.ctid as place,
        staged.operation,
        staged.started_at,
        staged.ended_at,
        staged.period_start,
        staged.duration_us,
        staged.duration_ms,
        staged.metadata,
        staged.kind,
        case when staged.kind is not null then oplatency.parse_json(staged.record) end as record,
        oplatency.parse_instant(staged.started_at, %(assume_tz)s) as start_at,
        oplatency.parse_instant(staged.ended_at, %(assume_tz)s) as end_at,
        oplatency.parse_instant(
            staged.period_start || case when staged.period_start ~ '^\d{4}-\d{2}-\d{2}$' then 'T00:00:00Z' else '' end,
            %(assume_tz)s
        ) as period_at,
        oplatency.parse_number(staged.duration_us) as claimed_us,
        oplatency.parse_number(staged.duration_ms) as claimed_ms,
        concat_ws(' ', staged.operation, staged.branch, staged.user_name, staged.session) as names,
        greatest(
            length(staged.operation), length(staged.branch), length(staged.user_name), length(staged.session)
        ) as longest_name,
        array_remove(array[
            case when not coalesce(staged.branch ~ '\S', true) then 'branch' end,
            case when not coalesce(staged.user_name ~ '\S', true) then 'user' end,
            case when not coalesce(staged.session ~ '\S', true) then 'session' end
        ], null) as blank_names,
        array_remove(array[
            case when staged.operation in ('(all)', '(unknown)') then 'operation ' || staged.operation end,
            case when staged.branch in ('(all)', '(unknown)') then 'branch ' || staged.branch end,
            case when staged.user_name in ('(all)', '(unknown)') then 'user ' || staged.user_name end,
            case when staged.session in ('(all)', '(unknown)') then 'session ' || staged.session end
        ], null) as reserved_names,
        array_remove(array[
            case when not coalesce(staged.rows_affected ~ '^[0-9]{1,18}$', true) then 'rows_affected ' || staged.rows_affected end,
            case when not coalesce(staged.memory_bytes ~ '^[0-9]{1,18}$', true) then 'memory_bytes ' || staged.memory_bytes end,
            case when not coalesce(staged.cpu_us ~ '^[0-9]{1,18}$', true) then 'cpu_us ' || staged.cpu_us end
        ], null) as bad_counts
    from oplatency.staged_rows as staged
    where staged.run_token = %(run_token)s and staged.problem is null
),

measured as (
    select
        parsed.*,
        parsed.kind is null or (parsed.kind = 'span' and coalesce(parsed.record ->> 'is_call', '') = 'true') as is_call,
        parsed.kind = 'span' and coalesce(parsed.record ->> 'status', '') = 'RUNNING' as is_running,
        array(
            select phases.name || ' ' || phases.value
            from jsonb_each_text(case when parsed.kind = 'merge' and jsonb_typeof(parsed.record) = 'object' then parsed.record end) as phases (name, value)
            where
                phases.name in (
                    'merge_base_us', 'conflict_detection_us', 'auto_resolution_us', 'n_conflicts', 'n_auto_resolved', 'n_unresolved'
                )
                and phases.value !~ '^[0-9]{1,9}$'
        ) as bad_phases,
        coalesce(
            parsed.claimed_us,
            parsed.claimed_ms * 1000,
            extract(epoch from parsed.end_at - parsed.start_at) * 1000000
        ) as fact_us
    from parsed
),

judged as materialized (
    select
        measured.place,
        case
            when measured.kind not in ('span', 'merge')
                then array['bad_record', 'the kind ' || left(measured.kind, 100) || ' is neither span nor merge']
            when measured.kind is not null and coalesce(jsonb_typeof(measured.record), '') <> 'object'
                then array['bad_record', 'the record of a ' || measured.kind || ' is not a JSON object']
            when
                measured.kind = 'span'
                and not coalesce(
                    measured.record ->> 'trace_id' ~ '\S'
                    and measured.record ->> 'span_id' ~ '\S'
                    and measured.record ->> 'name' ~ '\S'
                    and measured.record ->> 'status' in ('RUNNING', 'SUCCESS', 'ERROR')
                    and coalesce(measured.record ->> 'is_call', 'false') in ('true', 'false'),
                    false
                )
                then array['bad_record', 'a span needs trace_id, span_id, name, and a status RUNNING, SUCCESS or ERROR']
            when
                measured.kind = 'merge'
                and not coalesce(
                    measured.record ->> 'source_branch' ~ '\S'
                    and measured.record ->> 'target_branch' ~ '\S'
                    and measured.record ->> 'status' in ('SUCCESS', 'PARTIAL_SUCCESS', 'FAILED', 'ABANDONED'),
                    false
                )
                then array['bad_record', 'a merge needs source_branch, target_branch, and a status that is known']
            when cardinality(measured.bad_phases) > 0
                then array['bad_record', left(array_to_string(measured.bad_phases, ', '), 100) || ' is no whole number of at least 0']
            when
                measured.kind = 'merge'
                and coalesce((measured.record ->> 'n_auto_resolved')::bigint, 0) + coalesce((measured.record ->> 'n_unresolved')::bigint, 0)
                > coalesce((measured.record ->> 'n_conflicts')::bigint, 0)
                then array['bad_record', 'more conflicts are resolved or left than were found']
            when measured.is_call and not coalesce(measured.operation ~ '\S', false)
                then array['blank_name', 'the operation has no name']
            when measured.kind is not null and not coalesce(measured.operation ~ '\S', true)
                then array['blank_name', 'the operation is given, but blank']
            when cardinality(measured.blank_names) > 0
                then array['blank_name', array_to_string(measured.blank_names, ', ') || ' is given, but blank']
            when measured.longest_name > %(max_name_length)s
                then array[
                    'name_too_long', 'a name has ' || measured.longest_name || ' characters, more than ' || %(max_name_length)s
                ]
            when measured.names ~ '[\u0001-\u001f\u007f]'
                then array['control_characters', 'a name holds control characters: ' || to_json(left(measured.names, 200))]
            when cardinality(measured.reserved_names) > 0
                then array['reserved_name', array_to_string(measured.reserved_names, ', ') || ' stands for all, or for none']
            when measured.started_at is null
                then array['missing_start', 'there is no started_at']
            when
                measured.start_at is null
                and oplatency.parse_instant(measured.started_at, 'UTC') is not null
                and %(assume_tz)s::text is null
                then array['naive_timestamp', 'started_at ' || measured.started_at || ' has no offset from UTC']
            when measured.start_at is null and oplatency.parse_instant(measured.started_at, 'UTC') is not null
                then array[
                    case
                        when
                            measured.started_at::timestamp at time zone %(assume_tz)s::text at time zone %(assume_tz)s::text
                            = measured.started_at::timestamp
                            then 'ambiguous_time'
                        else 'nonexistent_time'
                    end,
                    'started_at ' || measured.started_at || ' is not exactly one instant in ' || %(assume_tz)s::text
                ]
            when measured.start_at is null and measured.started_at ~* '^-?infinity$'
                then array['timestamp_out_of_range', 'started_at ' || measured.started_at]
            when measured.start_at is null
                then array['bad_timestamp', 'started_at ' || left(measured.started_at, 100) || ' is no ISO 8601 instant']
            when measured.start_at < '2000-01-01Z' or measured.start_at >= '2200-01-01Z'
                then array['timestamp_out_of_range', 'started_at ' || measured.started_at]
            when measured.start_at > %(latest_at)s
                then array['future_timestamp', 'started_at ' || measured.started_at || ' is after its arrival']
            when measured.start_at < %(horizon_at)s
                then array['beyond_horizon', 'started_at ' || measured.started_at || ' is older than ' || %(horizon_at)s]
            when
                measured.end_at is null
                and oplatency.parse_instant(measured.ended_at, 'UTC') is not null
                and %(assume_tz)s::text is null
                then array['naive_timestamp', 'ended_at ' || measured.ended_at || ' has no offset from UTC']
            when measured.ended_at is not null and measured.end_at is null
                then array['bad_timestamp', 'ended_at ' || left(measured.ended_at, 100) || ' is no ISO 8601 instant']
            when measured.end_at < measured.start_at
                then array['end_before_start', 'ended_at ' || measured.ended_at || ' is before started_at ' || measured.started_at]
            when
                measured.duration_us is null and measured.duration_ms is null and measured.ended_at is null
                and not measured.is_running
                then array['missing_duration', 'there is no duration_us, duration_ms or ended_at']
            when measured.duration_us is not null and measured.claimed_us is null
                then array['bad_number', 'duration_us ' || left(measured.duration_us, 100) || ' is not a number']
            when measured.duration_ms is not null and measured.claimed_ms is null
                then array['bad_number', 'duration_ms ' || left(measured.duration_ms, 100) || ' is not a number']
            when measured.claimed_us = 'NaN'
                then array['non_finite', 'duration_us ' || left(measured.duration_us, 100) || ' is not finite']
            when measured.claimed_ms = 'NaN'
                then array['non_finite', 'duration_ms ' || left(measured.duration_ms, 100) || ' is not finite']
            when measured.claimed_us < 0
                then array['negative_duration', 'duration_us is ' || left(measured.duration_us, 100)]
            when measured.claimed_ms < 0
                then array['negative_duration', 'duration_ms is ' || left(measured.duration_ms, 100)]
            when measured.is_running
                then null
            when measured.end_at = measured.start_at and (measured.is_call or measured.kind = 'merge')
                then array['not_positive', 'ended_at ' || measured.ended_at || ' is started_at']
            when round(measured.fact_us) < 1 and (measured.is_call or measured.kind = 'merge')
                then array['not_positive', 'the duration is ' || left(measured.fact_us::text, 50) || ' us, less than one microsecond']
            when measured.claimed_ms = 0
                then array['not_positive', 'duration_ms is ' || left(measured.duration_ms, 100)]
            when measured.fact_us > 31536000000000
                then array['duration_out_of_range', 'the duration is ' || left(measured.fact_us::text, 50) || ' us, over a year']
            when
                abs(measured.claimed_ms * 1000 - measured.fact_us) > %(resolution_us)s
                then array[
                    'inconsistent_duration',
                    'duration_ms ' || measured.duration_ms || ' and duration_us ' || measured.duration_us || ' differ'
                ]
            when
                abs(extract(epoch from measured.end_at - measured.start_at) * 1000000 - measured.fact_us)
                > %(resolution_us)s
                then array[
                    'inconsistent_duration',
                    'ended_at - started_at is '
                    || round(extract(epoch from measured.end_at - measured.start_at) * 1000000)
                    || ' us, the duration is ' || round(measured.fact_us) || ' us'
                ]
            when measured.period_start is not null and measured.period_at is null
                then array['bad_timestamp', 'period_start ' || left(measured.period_start, 100) || ' is no day']
            when
                measured.period_at not in (
                    date_trunc('day', measured.start_at, 'UTC'),
                    date_trunc('day', measured.start_at - %(resolution_us)s * interval '1 microsecond', 'UTC'),
                    date_trunc('day', measured.start_at + %(resolution_us)s * interval '1 microsecond', 'UTC')
                )
                then array[
                    'inconsistent_period',
                    'period_start ' || measured.period_start || ' is not the UTC day of ' || measured.started_at
                ]
            when cardinality(measured.bad_counts) > 0
                then array['bad_number', left(array_to_string(measured.bad_counts, ', '), 100) || ' is no whole number of at least 0']
            when
                measured.metadata is not null
                and coalesce(jsonb_typeof(oplatency.parse_json(measured.metadata)), '') <> 'object'
                then array['bad_metadata', 'metadata ' || left(measured.metadata, 100) || ' is not a JSON object']
        end as verdict
    from measured
)

update oplatency.staged_rows as staged
set
    problem = judged.verdict[1],
    problem_detail = judged.verdict[2]
from judged
where staged.ctid = judged.place and judged.verdict is not null;
