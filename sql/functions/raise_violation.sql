-- Writes the alert of a recorded call that broke the limit of its baseline, as deliver_alerts would write it after the
-- hour was judged: the same key, so that it is not written again. Instants within texts are in UTC, as in jobs.
create or replace function oplatency.raise_violation(
    p_operation_id integer,
    p_user_id integer,
    p_started_at timestamptz,
    p_identity_hash bigint,
    p_duration_us bigint,
    p_baseline_id bigint
)
returns bigint
language sql
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
set datestyle = 'ISO, YMD'
as $$
    insert into oplatency.alerts
    (
        dedupe_key, alert_type, operation_id, branch_id, user_id, severity, actual_us, baseline_p99_us, evidence,
        observed_at
    )
    select
        'violation:' || p_operation_id || ':' || p_started_at || ':' || p_identity_hash,
        'VIOLATION',
        p_operation_id,
        baselines.branch_id,
        p_user_id,
        case
            when
                p_duration_us > baselines.p99_us * greatest(
                    coalesce((configurations.content #>> '{baseline,critical_multiplier}')::double precision, 5),
                    baselines.alert_threshold
                )
                then 'CRITICAL'
            else 'WARNING'
        end,
        p_duration_us,
        baselines.p99_us,
        jsonb_build_object('limit_us', baselines.p99_us * baselines.alert_threshold, 'baseline_as_of', baselines.as_of),
        p_started_at
    from oplatency.baselines as baselines
    inner join oplatency.configurations as configurations on baselines.config_hash = configurations.config_hash
    where baselines.baseline_id = p_baseline_id
    on conflict (dedupe_key) do nothing
    returning alert_id
$$;
comment on function oplatency.raise_violation(integer, integer, timestamptz, bigint, bigint, bigint) is
'Writes the alert of a recorded call slower than its limit, unless it has one; returns its number.';
