-- Notes an incident; a second call changes nothing.
insert into oplatency.marks (title, began_at, ended_at, operations, note)
values (%(title)s, %(began_at)s, %(ended_at)s, %(operations)s, %(note)s)
on conflict (title, began_at) do nothing;
