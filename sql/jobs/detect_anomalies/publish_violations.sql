-- Makes the staged violations of a run visible and drops them from staging.
with staged as (
    delete from oplatency.staged_violations
    where run_token = %(run_token)s
    returning *
)

insert into oplatency.violations
(
    operation_id, branch_id, observed_at, identity_hash, duration_us, baseline_id, limit_us, severity
)
select
    operation_id,
    branch_id,
    observed_at,
    identity_hash,
    duration_us,
    baseline_id,
    limit_us,
    severity
from staged
order by operation_id, observed_at, identity_hash;
