-- Which finding notifies a person of an operation's day: of all that alerts, one does. An alerting call has done so already;
-- else it is the first in the order of the rules, and of one rule that of the shortest window.
-- Grain: one row per degradation.
create or replace view oplatency.degradation_notices as
with ranked as (
    select
        degradations.*,
        first_value(degradations.kind) over order_of_day as leading_kind,
        row_number() over order_of_day as place,
        degradations.is_alerting and exists (
            select 1
            from oplatency.anomalies as anomalies
            where
                anomalies.kind = 'point'
                and anomalies.is_alerting
                and degradations.operation_id = anomalies.operation_id
                and degradations.branch_id = anomalies.branch_id
                and anomalies.window_start >= degradations.window_end - interval '1 day'
                and anomalies.window_start < degradations.window_end
        ) as is_covered_by_points
    from oplatency.degradations as degradations
    window order_of_day as (
        partition by degradations.operation_id, degradations.branch_id, degradations.window_end, degradations.is_alerting
        order by
            (select min(rules.rank) from oplatency.rules as rules where rules.kind = degradations.kind) asc,
            degradations.window_start desc
    )
)

select
    ranked.*,
    case
        when not ranked.is_alerting then null
        when ranked.is_covered_by_points then 'point'
        else ranked.leading_kind
    end as alerted_by,
    ranked.is_alerting and not ranked.is_covered_by_points and ranked.place = 1 as is_notifying
from ranked;
comment on view oplatency.degradation_notices is 'Degradations, and which finding notifies a person of their day.';
