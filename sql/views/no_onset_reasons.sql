-- Why a change of days has no date, in words. Degradations store the id.
-- Grain: one row per reason.
-- Window: none.
-- Re-run: replaced at each deploy, so that a sentence can be reworded freely.
create or replace view oplatency.no_onset_reasons as
select
    reasons.no_onset_reason,
    reasons.description
from (
    values
    ('few_hours', 'fewer than 12 hours with calls'),
    ('drift', 'a drift has no single start'),
    ('before_lookback', 'it began in the weeks before the days that are read')
) as reasons (no_onset_reason, description);
comment on view oplatency.no_onset_reasons is 'Why a change of days has no date, in words; degradations store the id.';
comment on column oplatency.no_onset_reasons.no_onset_reason is 'Id of the reason.';
comment on column oplatency.no_onset_reasons.description is 'The reason in words.';
