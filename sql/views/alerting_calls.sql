-- Calls that alerted, and the episode each belongs to: alerting calls of an operation and branch with gaps of at most an
-- hour are one episode.
-- Grain: one row per alerting call.
create or replace view oplatency.alerting_calls as
with gaps as (
    select
        found.*,
        found.observed_at - lag(found.observed_at) over calls_in_order > interval '1 hour' as starts_episode
    from oplatency.v_anomalies as found
    where found.alerting and found.kind = 'point'
    window calls_in_order as (
        partition by found.operation, found.branch order by found.observed_at, found.duration_ms, found.finding_id
    )
)

select
    gaps.*,
    max(gaps.observed_at) filter (where coalesce(gaps.starts_episode, true)) over (
        partition by gaps.operation, gaps.branch order by gaps.observed_at, gaps.duration_ms, gaps.finding_id
    ) as episode_began_at
from gaps;
comment on view oplatency.alerting_calls is 'Alerting calls, with the start of the episode each belongs to.';
