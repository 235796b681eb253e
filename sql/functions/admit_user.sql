-- The key of a user; null stands for an unknown one, a new name is taken up.
create or replace function oplatency.admit_user(p_name text)
returns integer
language plpgsql
as $$
declare
    found_id integer;
begin
    if p_name is null then
        return -1;
    end if;
    select known.user_id into found_id
    from oplatency.users as known
    where known.name = p_name and known.user_id > 0;
    if found then
        return found_id;
    end if;
    perform oplatency.require_name('user', p_name);
    insert into oplatency.users (name)
    values (p_name)
    on conflict (name) do nothing;
    select known.user_id into strict found_id
    from oplatency.users as known
    where known.name = p_name;
    return found_id;
end
$$;
comment on function oplatency.admit_user(text) is 'Key of a user by name; a new name is taken up, null is -1.';
