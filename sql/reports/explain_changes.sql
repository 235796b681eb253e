-- What was set for one operation when its hour was judged, or is set now if it never was; the first value is the one that
-- held before anybody set it, and a setting that nobody had set by then has no changed_by.
-- Grain: one row per setting. Window: changes up to judged_at; null = all. Re-run: reads only.
select
    setting,
    (array_agg(old_value order by change_no asc))[1] as first_value,
    (array_agg(new_value order by change_no desc) filter (where is_in_force))[1] as value,
    (array_agg(note order by change_no desc) filter (where is_in_force))[1] as note,
    (array_agg(changed_by order by change_no desc) filter (where is_in_force))[1] as changed_by,
    (array_agg(changed_at order by change_no desc) filter (where is_in_force))[1] as changed_at
from (
    select
        changes.*,
        coalesce(changes.changed_at <= %(judged_at)s::timestamptz, true) as is_in_force
    from oplatency.v_operation_changes as changes
    where changes.operation = %(operation)s
) as changes
group by setting
order by setting;
