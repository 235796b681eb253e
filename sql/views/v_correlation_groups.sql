-- Groups of operations that slow together: one likely bottleneck each.
-- Grain: one row per window and group.
-- Window: everything stored; as_of names the window [as_of - 24 h, as_of).
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_correlation_groups as
select
    correlation_groups.as_of,
    correlation_groups.group_no as group_id,
    correlation_groups.members,
    correlation_groups.onset_at,
    bottlenecks.title as bottleneck,
    bottlenecks.recommendation,
    correlation_groups.is_alerting as alerting,
    correlation_groups.bottleneck as bottleneck_id
from oplatency.correlation_groups as correlation_groups
left join oplatency.bottlenecks as bottlenecks on correlation_groups.bottleneck = bottlenecks.bottleneck;
comment on view oplatency.v_correlation_groups is
'Groups of operations that slow together within a window, with the likely cause and what to look at.';
comment on column oplatency.v_correlation_groups.as_of is 'End of the window, exclusive.';
comment on column oplatency.v_correlation_groups.group_id is 'Number within the window, largest group first.';
comment on column oplatency.v_correlation_groups.members is 'Names of the operations, sorted.';
comment on column oplatency.v_correlation_groups.onset_at is
'Start of the first bin in which at least two members were slow; null = none was.';
comment on column oplatency.v_correlation_groups.bottleneck is 'Likely shared cause, in words.';
comment on column oplatency.v_correlation_groups.bottleneck_id is 'Id of the likely shared cause.';
comment on column oplatency.v_correlation_groups.recommendation is 'What to look at first, in plain words.';
comment on column oplatency.v_correlation_groups.alerting is 'Whether the evidence is strong enough to alert.';
