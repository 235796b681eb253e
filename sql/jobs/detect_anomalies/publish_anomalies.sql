-- Makes the staged anomalies of a run visible and drops them from staging.
with staged as (
    delete from oplatency.staged_anomalies
    where run_token = %(run_token)s
    returning *
)

insert into oplatency.anomalies
(
    operation_id, branch_id, kind, window_start, window_end, observed_at, identity_hash, duration_us,
    expected_us, z, classical_z, effect, severity, is_alerting, baseline_id, call_branch_id,
    baseline_level
)
select
    operation_id,
    branch_id,
    kind,
    window_start,
    window_end,
    observed_at,
    identity_hash,
    duration_us,
    expected_us,
    z,
    classical_z,
    effect,
    severity,
    is_alerting,
    baseline_id,
    call_branch_id,
    baseline_level
from staged
order by operation_id, observed_at, identity_hash;
