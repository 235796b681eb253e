-- The instant that "now", "last 24 hours" and "age" refer to in views.
-- It is the setting oplatency.as_of where one is set (database or session), else the clock.
create or replace function oplatency.reference_time()
returns timestamptz
language sql
stable
parallel safe
set search_path = pg_catalog
as $$
    select coalesce(nullif(current_setting('oplatency.as_of', true), '')::timestamptz, now())
$$;
comment on function oplatency.reference_time() is
'Instant that views call now: the setting oplatency.as_of where set, else the clock.';
