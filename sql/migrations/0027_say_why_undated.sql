-- A change that could not be dated says why.
alter table oplatency.degradations add column undated_because text;
alter table oplatency.staged_degradations add column undated_because text;
comment on column oplatency.degradations.undated_because is
'Why the change has no onset; null = it has one, or was found before this was noted.';
comment on column oplatency.staged_degradations.undated_because is
'Why the change has no onset; null = it has one, or was found before this was noted.';
