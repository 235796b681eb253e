-- Pairs of operations that slowed together, for files.
-- Grain: one row per as-of and pair. Window: as-ofs in (window_start, window_end]; null = no limit. Re-run: reads only.
select
    as_of,
    operation_a,
    operation_b,
    raw_pearson,
    raw_spearman,
    corrected,
    joint_bins,
    effective_n,
    p,
    q,
    lag_bins,
    strength,
    group_id,
    bottleneck
from oplatency.v_correlations
where
    (%(window_start)s::timestamptz is null or as_of > %(window_start)s::timestamptz)
    and (%(window_end)s::timestamptz is null or as_of <= %(window_end)s::timestamptz)
    and (%(operation)s::text is null or %(operation)s::text in (operation_a, operation_b))
order by as_of, operation_a, operation_b;
