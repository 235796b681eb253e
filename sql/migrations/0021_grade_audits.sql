-- Expectations may be set to warn instead of block.
alter table oplatency.audit_results add column severity text not null default 'critical'
constraint audit_results_severity_ck check (severity in ('critical', 'warning'));
comment on column oplatency.audit_results.severity is
'critical = nothing is published where it does not hold, warning = it is only recorded (setting quality.warnings).';
