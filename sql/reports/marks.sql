-- Marks, oldest first.
select
    title,
    began_at,
    ended_at,
    array_to_string(operations, ', ') as operations,
    note
from oplatency.v_marks
order by began_at;
