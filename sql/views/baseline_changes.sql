-- What changed from one baseline to the next.
-- Grain: one row per operation, branch and as-of that has a predecessor. Of an as-of the configuration counts that was
-- used last, and its newest revision.
create or replace view oplatency.baseline_changes as
with versions as (
    select distinct on (baselines.operation_id, baselines.branch_id, baselines.as_of)
        baselines.*,
        coalesce((configurations.content -> 'trends' ->> 'creep_days')::integer, 28) as creep_days,
        coalesce((configurations.content -> 'trends' ->> 'creep_min_effect')::double precision, 0.2) as creep_limit
    from oplatency.baselines as baselines
    inner join oplatency.configurations as configurations on baselines.config_hash = configurations.config_hash
    inner join oplatency.configuration_recency as recency on baselines.config_hash = recency.config_hash
    where baselines.as_of <= (select oplatency.reference_time())
    order by
        baselines.operation_id asc,
        baselines.branch_id asc,
        baselines.as_of asc,
        recency.recency_rank asc,
        baselines.revision desc
),

sequenced as (
    select
        versions.*,
        lag(versions.as_of) over version_order as previous_as_of,
        lag(versions.n_calls) over version_order as previous_n_calls,
        lag(versions.p50_us) over version_order as previous_p50_us,
        lag(versions.p99_us) over version_order as previous_p99_us,
        lag(versions.config_hash) over version_order as previous_config_hash,
        lag(versions.excluded) over version_order as previous_excluded,
        lag(versions.excluded_hours) over version_order as previous_excluded_hours
    from versions
    window version_order as (partition by versions.operation_id, versions.branch_id order by versions.as_of)
),

compared as (
    select
        sequenced.*,
        anchors.as_of as older_as_of,
        sequenced.p50_us / anchors.p50_us - 1 as drift,
        coalesce(revised.excluded <> sequenced.excluded, false) as is_excluded_anew,
        -- what alerted until yesterday and still lies in the window, but alerts no more
        sequenced.is_new_normal or (
            sequenced.excluded_hours = 0
            and exists (
                select 1
                from jsonb_to_recordset(sequenced.previous_excluded) as parts ("to" timestamptz, origin text)
                where
                    parts.origin = 'alert'
                    and parts."to" > sequenced.as_of - make_interval(days => sequenced.lookback_days)
            )
        ) as became_normal
    from sequenced
    left join versions as anchors
        on
            sequenced.operation_id = anchors.operation_id
            and sequenced.branch_id = anchors.branch_id
            and sequenced.as_of - make_interval(days => sequenced.creep_days) = anchors.as_of
    left join oplatency.baselines as revised
        on
            sequenced.operation_id = revised.operation_id
            and sequenced.branch_id = revised.branch_id
            and sequenced.as_of = revised.as_of
            and sequenced.config_hash = revised.config_hash
            and sequenced.revision = revised.revision + 1
    where sequenced.previous_as_of is not null
)

select
    compared.operation_id,
    compared.branch_id,
    compared.as_of,
    compared.previous_as_of,
    compared.n_calls,
    compared.previous_n_calls,
    compared.p50_us,
    compared.previous_p50_us,
    compared.p99_us,
    compared.previous_p99_us,
    100 * (compared.p99_us / compared.previous_p99_us - 1) as p99_change_pct,
    compared.p99_us > 2 * compared.previous_p99_us or compared.previous_p99_us > 2 * compared.p99_us as needs_review,
    concat_ws(
        '; ',
        case
            when compared.config_hash <> compared.previous_config_hash then 'settings changed'
            when compared.p99_us = compared.previous_p99_us and compared.n_calls = compared.previous_n_calls then 'unchanged'
            else 'calls of ' || (compared.as_of::date - compared.previous_as_of::date) || ' newer days'
        end,
        case
            when compared.revision > 1 and compared.is_excluded_anew then 'exclusion (revision ' || compared.revision || ')'
            when compared.revision > 1 then 'late calls (revision ' || compared.revision || ')'
        end,
        case
            when compared.excluded_hours <> compared.previous_excluded_hours
                then
                    'exclusion of ' || round(compared.excluded_hours::numeric, 1) || ' hours instead of '
                    || round(compared.previous_excluded_hours::numeric, 1)
        end,
        case when compared.became_normal then 'new normal' end,
        case
            when compared.drift >= compared.creep_limit or compared.drift <= 1 / (1 + compared.creep_limit) - 1
                then
                    'creep: median ' || to_char(100 * compared.drift, 'FMSG9990') || ' % against '
                    || compared.creep_days || ' days before'
        end
    ) as reason,
    compared.revision,
    compared.excluded_hours,
    compared.became_normal as is_new_normal,
    compared.older_as_of,
    100 * compared.drift as drift_pct,
    coalesce(
        compared.drift >= compared.creep_limit or compared.drift <= 1 / (1 + compared.creep_limit) - 1, false
    ) as is_creeping
from compared;
comment on view oplatency.baseline_changes is 'What changed from one baseline of an operation and branch to the next, and why.';
