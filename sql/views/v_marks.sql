-- What people have noted of the past.
-- Grain: one row per mark.
-- Window: everything stored.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_marks as
select
    marks.title,
    marks.began_at,
    marks.ended_at,
    marks.operations,
    marks.note
from oplatency.marks as marks;
comment on view oplatency.v_marks is 'Incidents, deployments and other events that people have noted.';
comment on column oplatency.v_marks.title is 'What happened, in a few words.';
comment on column oplatency.v_marks.began_at is 'Begin, inclusive.';
comment on column oplatency.v_marks.ended_at is 'End, exclusive.';
comment on column oplatency.v_marks.operations is 'Operations it is known to have touched; empty = not known.';
comment on column oplatency.v_marks.note is 'The cause, in words.';
