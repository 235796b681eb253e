-- Stores the as-of of the bootstrap data, once.
insert into oplatency.bootstrap_loads (as_of)
values (%(as_of)s)
on conflict (is_singleton) do nothing;
