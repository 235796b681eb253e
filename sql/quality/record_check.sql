-- Keeps the outcome of one expectation.
-- Grain: one row per expectation and audit. Window: none. Re-run: adds rows; an audit that ran twice shows twice.
insert into oplatency.audit_results
(run_token, suite, expectation, description, subject, passed, n_rows, n_unexpected, detail, severity)
values (
    %(run_token)s,
    %(suite)s,
    %(expectation)s,
    %(description)s,
    %(subject)s,
    %(passed)s,
    %(n_rows)s,
    %(n_unexpected)s,
    %(detail)s,
    %(severity)s
)
