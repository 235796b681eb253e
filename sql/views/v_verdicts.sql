-- What every rule decided of every window, gate by gate, for silence as well as for an alert.
-- Grain: one row per operation, branch, window, rule and gate.
-- Window: everything stored.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_verdicts as
select
    operation_types.name as operation,
    branches.name as branch,
    verdicts.rule,
    verdicts.window_start,
    verdicts.window_end,
    verdicts.outcome,
    gates.gate_no,
    gates.gate ->> 0 as gate,
    (gates.gate ->> 1)::double precision as gate_value,
    (gates.gate ->> 2)::double precision as gate_limit,
    (gates.gate ->> 3)::boolean as passed,
    verdicts.n_calls as calls,
    verdicts.n_findings as findings,
    verdicts.observed,
    verdicts.expected,
    verdicts.needed,
    verdicts.baseline_as_of,
    verdicts.baseline_level,
    baseline_branches.name as baseline_branch,
    baselines.revision as baseline_revision,
    baselines.config_hash as baseline_config_hash,
    oplatency.finding_id(
        'verdict',
        verdicts.rule,
        operation_types.name,
        branches.name,
        extract(epoch from verdicts.window_start)::text,
        extract(epoch from verdicts.window_end)::text,
        gates.gate_no::text
    ) as finding_id
from oplatency.verdicts as verdicts
inner join oplatency.operation_types as operation_types on verdicts.operation_id = operation_types.operation_id
inner join oplatency.branches as branches on verdicts.branch_id = branches.branch_id
left join oplatency.baselines as baselines on verdicts.baseline_id = baselines.baseline_id
left join oplatency.branches as baseline_branches on baselines.branch_id = baseline_branches.branch_id
cross join lateral jsonb_array_elements(verdicts.gates) with ordinality as gates (gate, gate_no);
comment on view oplatency.v_verdicts is
'What every rule decided of every window, gate by gate: why something alerted, and why nothing did.';
comment on column oplatency.v_verdicts.operation is 'Operation it is about.';
comment on column oplatency.v_verdicts.branch is 'Branch it is about; (all) = all branches.';
comment on column oplatency.v_verdicts.rule is
'Rule that decided: of a call or hour it judges the hour, of a day the days that end with window_end.';
comment on column oplatency.v_verdicts.window_start is 'First instant of the judged window, inclusive.';
comment on column oplatency.v_verdicts.window_end is 'End of the judged window, exclusive.';
comment on column oplatency.v_verdicts.outcome is
'alert, finding (recorded without an alert), quiet, no_calls, or not_judged (nothing to judge against).';
comment on column oplatency.v_verdicts.gate_no is 'Place of the gate among those of its rule, from 1.';
comment on column oplatency.v_verdicts.gate is
'Name of the gate, as its rule declares it: docs/statistics.md, "Verdicts".';
comment on column oplatency.v_verdicts.gate_value is 'What was found; null = could not be computed.';
comment on column oplatency.v_verdicts.gate_limit is
'What it is compared with: at most for exclusion, and for share and significance of a silence; else at least.';
comment on column oplatency.v_verdicts.passed is 'Whether the gate let it through.';
comment on column oplatency.v_verdicts.calls is 'Calls of the window.';
comment on column oplatency.v_verdicts.findings is 'Findings that the rule made of the window.';
comment on column oplatency.v_verdicts.observed is
'What decided, in microseconds: the call that came closest, or the later level; for silence the calls; null = none.';
comment on column oplatency.v_verdicts.expected is
'What was expected there, in microseconds, for silence calls; null = nothing was.';
comment on column oplatency.v_verdicts.needed is
'From where on it would have been a finding, in microseconds, for silence calls; null = not known.';
comment on column oplatency.v_verdicts.baseline_as_of is 'As-of of the baseline it was judged against; null = none.';
comment on column oplatency.v_verdicts.baseline_level is
'What that baseline was made from: branch, operation or, mostly, like_operations; null = none, or not noted then.';
comment on column oplatency.v_verdicts.baseline_branch is 'Branch of that baseline; (all) = its operation; null as before.';
comment on column oplatency.v_verdicts.baseline_revision is 'Revision of that baseline; null as before.';
comment on column oplatency.v_verdicts.baseline_config_hash is 'Settings of that baseline; null as before.';
comment on column oplatency.v_verdicts.finding_id is
'Identifier of the verdict at this gate: the same after a re-run or a rebuild.';
