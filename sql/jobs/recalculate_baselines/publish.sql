-- Adds the candidates whose content differs from the last revision of their key; drops the candidates.
-- Grain: one row per operation, branch, as-of, configuration and revision. Re-run: adds nothing.
with staged as (
    delete from oplatency.staged_baselines
    where run_token = %(run_token)s
    returning *
),

latest as (
    select distinct on (baselines.operation_id, baselines.branch_id, baselines.as_of, baselines.config_hash)
        baselines.operation_id,
        baselines.branch_id,
        baselines.as_of,
        baselines.config_hash,
        baselines.revision,
        row(
            baselines.lookback_days, baselines.n_calls, baselines.hours_covered, baselines.min_us, baselines.p50_us,
            baselines.p75_us, baselines.p90_us, baselines.p95_us, baselines.p99_us, baselines.max_us,
            baselines.mean_us, baselines.sd_us, baselines.p99_is_estimable, baselines.alert_threshold,
            baselines.days_covered, baselines.excluded, baselines.excluded_hours, baselines.is_new_normal,
            baselines.p50_low_us, baselines.p50_high_us, baselines.p75_low_us, baselines.p75_high_us,
            baselines.p90_low_us, baselines.p90_high_us, baselines.p95_low_us, baselines.p95_high_us,
            baselines.p99_low_us, baselines.p99_high_us, profiles.n_days, profiles.is_seasonal, profiles.hour_offsets,
            profiles.location, profiles.scale_up, profiles.scale_down, profiles.recurring_z
        )::text as content
    from oplatency.baselines as baselines
    inner join oplatency.baseline_profiles as profiles on baselines.baseline_id = profiles.baseline_id
    where baselines.as_of in (select staged.as_of from staged)
    order by
        baselines.operation_id asc,
        baselines.branch_id asc,
        baselines.as_of asc,
        baselines.config_hash asc,
        baselines.revision desc
),

changed as (
    select
        staged.*,
        coalesce(latest.revision, 0) + 1 as next_revision
    from staged
    left join latest
        on
            staged.operation_id = latest.operation_id
            and staged.branch_id = latest.branch_id
            and staged.as_of = latest.as_of
            and staged.config_hash = latest.config_hash
    where
        latest.content is distinct from row(
            staged.lookback_days, staged.n_calls, staged.hours_covered, staged.min_us, staged.p50_us, staged.p75_us,
            staged.p90_us, staged.p95_us, staged.p99_us, staged.max_us, staged.mean_us, staged.sd_us,
            staged.p99_is_estimable, staged.alert_threshold, staged.days_covered, staged.excluded,
            staged.excluded_hours, staged.is_new_normal, staged.p50_low_us, staged.p50_high_us, staged.p75_low_us,
            staged.p75_high_us, staged.p90_low_us, staged.p90_high_us, staged.p95_low_us, staged.p95_high_us,
            staged.p99_low_us, staged.p99_high_us, staged.n_days, staged.is_seasonal, staged.hour_offsets,
            staged.location, staged.scale_up, staged.scale_down, staged.recurring_z
        )::text
),

inserted as (
    insert into oplatency.baselines
    (
        operation_id, branch_id, as_of, config_hash, revision, lookback_days, n_calls, hours_covered, min_us, p50_us,
        p75_us, p90_us, p95_us, p99_us, max_us, mean_us, sd_us, p99_is_estimable, alert_threshold, days_covered,
        excluded, excluded_hours, is_new_normal, p50_low_us, p50_high_us, p75_low_us, p75_high_us, p90_low_us,
        p90_high_us, p95_low_us, p95_high_us, p99_low_us, p99_high_us
    )
    select
        operation_id,
        branch_id,
        as_of,
        config_hash,
        next_revision,
        lookback_days,
        n_calls,
        hours_covered,
        min_us,
        p50_us,
        p75_us,
        p90_us,
        p95_us,
        p99_us,
        max_us,
        mean_us,
        sd_us,
        p99_is_estimable,
        alert_threshold,
        days_covered,
        excluded,
        excluded_hours,
        is_new_normal,
        p50_low_us,
        p50_high_us,
        p75_low_us,
        p75_high_us,
        p90_low_us,
        p90_high_us,
        p95_low_us,
        p95_high_us,
        p99_low_us,
        p99_high_us
    from changed
    order by operation_id, branch_id
    returning baseline_id, operation_id, branch_id
),

profiled as (
    insert into oplatency.baseline_profiles
    (baseline_id, n_days, is_seasonal, hour_offsets, location, scale_up, scale_down, recurring_z)
    select
        inserted.baseline_id,
        changed.n_days,
        changed.is_seasonal,
        changed.hour_offsets,
        changed.location,
        changed.scale_up,
        changed.scale_down,
        changed.recurring_z
    from inserted
    inner join changed on inserted.operation_id = changed.operation_id and inserted.branch_id = changed.branch_id
    returning baseline_id
)

select
    count(*) filter (where inserted.branch_id = 0) as n_published,
    count(*) filter (where inserted.branch_id <> 0) as n_branches
from profiled
inner join inserted on profiled.baseline_id = inserted.baseline_id;
