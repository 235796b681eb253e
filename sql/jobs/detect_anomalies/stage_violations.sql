-- One staged violation.
insert into oplatency.staged_violations
(
    run_token, operation_id, branch_id, observed_at, identity_hash, duration_us, baseline_id, limit_us, severity
)
values
(
    %(run_token)s, %(operation_id)s, %(branch_id)s, %(observed_at)s, %(identity_hash)s, %(duration_us)s, %(baseline_id)s,
    %(limit_us)s, %(severity)s
);
