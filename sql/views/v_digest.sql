-- Names the content from facts to findings: equal data, equal digest. Surrogate keys and times of recording stay out.
-- Grain: one row per table that holds rows.
-- Window: everything stored.
-- Re-run: equal data, equal digest.
create or replace view oplatency.v_digest as
with contents as (
    select
        'metrics' as of_table,
        concat_ws('|', operations.name, branches.name, users.name, m.started_at at time zone 'UTC', m.duration_us, m.identity_hash, m.error) as content
    from oplatency.metrics as m
    inner join oplatency.operation_types as operations on m.operation_id = operations.operation_id
    inner join oplatency.branches as branches on m.branch_id = branches.branch_id
    inner join oplatency.users as users on m.user_id = users.user_id
    union all
    select
        'spans',
        concat_ws('|', trace_id, span_id, parent_span_id, span_name, started_at at time zone 'UTC', duration_us, span_status)
    from oplatency.spans
    union all
    select
        'merges',
        concat_ws('|', identity_hash, started_at at time zone 'UTC', total_us, n_conflicts, n_auto_resolved, n_unresolved, merge_status)
    from oplatency."merges"
    union all
    select
        'aggregate_intervals',
        concat_ws(
            '|', i.source, operations.name, branches.name, i.interval_start at time zone 'UTC', i.interval_end at time zone 'UTC', i.n_calls,
            i.total_us, i.mean_us, i.sd_us, i.n_rows
        )
    from oplatency.aggregate_intervals as i
    inner join oplatency.operation_types as operations on i.operation_id = operations.operation_id
    inner join oplatency.branches as branches on i.branch_id = branches.branch_id
    union all
    select
        'baselines',
        concat_ws(
            '|', operations.name, of_branches.name, b.as_of at time zone 'UTC', b.config_hash, b.n_calls, b.hours_covered, b.min_us, b.p50_us, b.p75_us,
            b.p90_us, b.p95_us, b.p99_us, b.max_us, b.mean_us, b.sd_us, b.alert_threshold, b.days_covered, b.excluded, b.is_new_normal,
            b.p50_low_us, b.p50_high_us, b.p75_low_us, b.p75_high_us, b.p90_low_us, b.p90_high_us, b.p95_low_us, b.p95_high_us,
            b.p99_low_us, b.p99_high_us, p.hour_offsets, p.location,
            p.scale_up, p.scale_down, p.recurring_z
        )
    from oplatency.baselines as b
    inner join oplatency.baseline_profiles as p on b.baseline_id = p.baseline_id
    inner join oplatency.operation_types as operations on b.operation_id = operations.operation_id
    inner join oplatency.branches as of_branches on b.branch_id = of_branches.branch_id
    where
        not exists (
            select 1
            from oplatency.baselines as newer
            where
                b.operation_id = newer.operation_id
                and b.branch_id = newer.branch_id
                and b.as_of = newer.as_of
                and b.config_hash = newer.config_hash
                and b.revision < newer.revision
        )
    union all
    select
        'excluded_intervals',
        concat_ws(
            '|', operations.name, of_branches.name, i.from_at at time zone 'UTC', i.to_at at time zone 'UTC', i.is_included, i.origin, i.reason,
            i.known_at at time zone 'UTC'
        )
    from oplatency.excluded_intervals as i
    inner join oplatency.operation_types as operations on i.operation_id = operations.operation_id
    inner join oplatency.branches as of_branches on i.branch_id = of_branches.branch_id
    where i.removed_at is null
    union all
    select
        'violations',
        concat_ws('|', operations.name, v.branch_id, v.observed_at at time zone 'UTC', v.identity_hash, v.duration_us, v.limit_us, v.severity)
    from oplatency.violations as v
    inner join oplatency.operation_types as operations on v.operation_id = operations.operation_id
    union all
    select
        'anomalies',
        concat_ws(
            '|', operations.name, a.branch_id, a.kind, a.window_start at time zone 'UTC', a.observed_at at time zone 'UTC', a.identity_hash, a.duration_us, a.expected_us, a.z,
            a.classical_z, a.effect, a.severity, a.is_alerting
        )
    from oplatency.anomalies as a
    inner join oplatency.operation_types as operations on a.operation_id = operations.operation_id
    union all
    select
        'degradations',
        concat_ws(
            '|', operations.name, d.branch_id, d.kind, d.window_start at time zone 'UTC', d.window_end at time zone 'UTC', d.n_before, d.n_after, d.before_us, d.after_us, d.z, d.effect,
            d.effect_low, d.effect_high, d.severity
        )
    from oplatency.degradations as d
    inner join oplatency.operation_types as operations on d.operation_id = operations.operation_id
    union all
    select
        'verdicts',
        concat_ws(
            '|', operations.name, v.branch_id, v.rule, v.window_start at time zone 'UTC', v.window_end at time zone 'UTC', v.n_calls, v.n_findings,
            v.outcome, v.observed, v.expected, v.needed, v.gates
        )
    from oplatency.verdicts as v
    inner join oplatency.operation_types as operations on v.operation_id = operations.operation_id
    union all
    select
        'correlations',
        concat_ws(
            '|', c.as_of at time zone 'UTC', first_operations.name, second_operations.name, c.raw_pearson, c.raw_spearman, c.corrected,
            c.joint_bins, c.effective_n, c.p, c.q, c.lag_bins, c.strength
        )
    from oplatency.correlations as c
    inner join oplatency.operation_types as first_operations on c.operation_a_id = first_operations.operation_id
    inner join oplatency.operation_types as second_operations on c.operation_b_id = second_operations.operation_id
    union all
    select
        'correlation_groups',
        concat_ws('|', as_of at time zone 'UTC', members, onset_at at time zone 'UTC', bottleneck, is_alerting)
    from oplatency.correlation_groups
)

select
    of_table,
    count(*) as n_rows,
    md5(string_agg(content, E'\n' order by content collate "C")) as digest
from contents
group by of_table
order by of_table;
comment on view oplatency.v_digest is 'Names the content of each table from facts to findings: equal data, equal digest.';
comment on column oplatency.v_digest.of_table is 'Table.';
comment on column oplatency.v_digest.n_rows is 'Rows; of baselines the newest revision only.';
comment on column oplatency.v_digest.digest is 'MD5 over the sorted rows, surrogate keys and times of recording left out.';
