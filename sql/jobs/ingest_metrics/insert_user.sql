-- Admits a user that came with data. Re-run: no new row.
insert into oplatency.users (name)
values (%(name)s)
on conflict (name) do nothing;
