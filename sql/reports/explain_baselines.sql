-- The versions that judge an operation's hour, of all branches and of one, and what the versions after it left out of that hour.
-- Grain: one row per version. Window: as-ofs from as_of, or the latest up to the hour, to eight days after. Re-run: reads only.
select
    branch,
    as_of,
    revision,
    config_hash,
    lookback_days,
    calls,
    coalesce(covered_days, days_covered) as days_covered,
    hours_covered,
    p50_ms,
    p99_ms,
    p99_estimable,
    excluded,
    excluded_hours,
    new_normal
from oplatency.v_baseline_versions
where
    operation = %(operation)s
    and as_of <= %(hour_start)s::timestamptz + interval '8 days'
    and as_of >= coalesce(
        (
            select max(latest.as_of)
            from oplatency.v_baseline_versions as latest
            where latest.operation = %(operation)s and latest.as_of <= %(hour_start)s
        ),
        %(hour_start)s
    )
order by as_of asc, branch asc, revision desc;
