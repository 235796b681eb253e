-- The detection rules.
-- Grain: one row per rule.
-- Window: none.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_rules as
select
    rules.rule,
    rules.kind,
    rules.grain,
    rules.rank
from oplatency.rules as rules;
comment on view oplatency.v_rules is 'The detection rules, in the order in which they are applied.';
comment on column oplatency.v_rules.rule is 'Name of the rule.';
comment on column oplatency.v_rules.kind is 'Kind of its findings.';
comment on column oplatency.v_rules.grain is 'What it judges: call, hour, or day (when it closes).';
comment on column oplatency.v_rules.rank is 'Order of the rules; of an operation''s closed day the finding of the lowest rank notifies.';
