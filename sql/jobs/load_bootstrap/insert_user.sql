-- One name of the bootstrap data.
insert into oplatency.users (name)
values (%(name)s)
on conflict (name) do nothing;
