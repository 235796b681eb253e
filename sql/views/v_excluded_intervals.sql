-- Intervals excluded from baselines: noted by people and incidents, or excluded by the alert rule from the
-- baselines in force.
-- Grain: one row per noted interval, and per interval that alerted within the window of a baseline in force.
-- Window: everything noted; the versions in force at the reference time.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_excluded_intervals as
with noted as (
    select
        intervals.interval_id,
        intervals.operation_id,
        intervals.branch_id,
        intervals.from_at,
        intervals.to_at,
        intervals.origin,
        intervals.reason,
        intervals.is_included as kept,
        intervals.known_at,
        intervals.noted_by,
        intervals.removed_at
    from oplatency.excluded_intervals as intervals
),

alerted as (
    select
        null::bigint as interval_id,
        baselines.operation_id,
        baselines.branch_id,
        parts."from" as from_at,
        parts."to" as to_at,
        parts.origin,
        -- what the alert rule left out carries no words of its own
        coalesce(parts.reason, 'calls alerted') as reason,
        false as kept,
        baselines.as_of as known_at,
        null::text as noted_by,
        null::timestamptz as removed_at
    from oplatency.active_baselines as baselines
    cross join
        lateral jsonb_to_recordset(baselines.excluded)
            as parts ("from" timestamptz, "to" timestamptz, origin text, reason text)
    where parts.origin = 'alert'
),

every_interval as (
    select * from noted
    union all
    select * from alerted
)

select
    every_interval.interval_id,
    operations.name as operation,
    branches.name as branch,
    every_interval.from_at,
    every_interval.to_at,
    every_interval.origin,
    every_interval.reason,
    every_interval.kept,
    every_interval.known_at,
    every_interval.noted_by,
    every_interval.removed_at
from every_interval
inner join oplatency.operation_types as operations on every_interval.operation_id = operations.operation_id
inner join oplatency.branches as branches on every_interval.branch_id = branches.branch_id
order by every_interval.from_at, operations.name, branches.name, every_interval.interval_id;
comment on view oplatency.v_excluded_intervals is
'Intervals excluded from baselines: noted by people and incidents, or because they alerted.';
comment on column oplatency.v_excluded_intervals.interval_id is 'Key of a noted interval; null = the alert rule found it.';
comment on column oplatency.v_excluded_intervals.operation is 'Operation.';
comment on column oplatency.v_excluded_intervals.branch is 'Branch; (all) = all branches.';
comment on column oplatency.v_excluded_intervals.from_at is 'First instant, inclusive.';
comment on column oplatency.v_excluded_intervals.to_at is 'End, exclusive.';
comment on column oplatency.v_excluded_intervals.origin is 'Who says so: alert (the rule of detection), person or incident.';
comment on column oplatency.v_excluded_intervals.reason is 'Why, in words.';
comment on column oplatency.v_excluded_intervals.kept is 'True = a person says the opposite: what alerts in it stays in the baselines.';
comment on column oplatency.v_excluded_intervals.known_at is 'Baselines as of this instant or later take it into account.';
comment on column oplatency.v_excluded_intervals.noted_by is 'Who noted it; null = the alert rule found it.';
comment on column oplatency.v_excluded_intervals.removed_at is 'When it was taken back; null = it holds.';
