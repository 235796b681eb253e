-- What a published result has seen: which facts, and which baselines. Facts that arrive later can then be told from those
-- that were there, exactly, and only what lacks them is computed again.
alter table oplatency.dirty_ranges add column brought_by xid8 not null default pg_current_xact_id();
comment on column oplatency.dirty_ranges.brought_by is 'Transaction that brought the facts: a result has seen them where its snapshot has.';
comment on table oplatency.dirty_ranges is
'Log of hours that gained facts; oplatency refresh deletes what it takes up, in the transaction that marks the results that lack them.';

alter table oplatency.job_runs
add column facts_from timestamptz,
add column facts_seen pg_snapshot,
add column baselines_from timestamptz,
add column baselines_seen bigint,
add column is_stale boolean not null default false;
comment on column oplatency.job_runs.facts_from is 'First instant of the facts that the run read, inclusive; they end with the window; null = with the window they begin.';
comment on column oplatency.job_runs.facts_seen is 'Snapshot in which the run read facts; null = not known, no facts that were noted later count as seen.';
comment on column oplatency.job_runs.baselines_from is
'First instant whose baselines in force the run read; they end with the window; null = with the window they begin.';
comment on column oplatency.job_runs.baselines_seen is
'Baselines with a number up to this were read by the run, or were found not to concern it; null = not known, none is weighed.';
comment on column oplatency.job_runs.is_stale is
'Whether facts or baselines came that the run had not seen; of several published runs of a window only the newest counts.';
