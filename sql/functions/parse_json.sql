-- The text as jsonb, or null where it is not JSON that PostgreSQL can store and others can read.
create or replace function oplatency.parse_json(p_text text)
returns jsonb
language plpgsql
immutable
as $$
declare
    found jsonb;
begin
    found := p_text::jsonb;
    -- 1e99999 is seven characters as text and 100,000 digits as jsonb, more than most readers take
    if length(found::text) > 1000 and found::text ~ '([0-9]{250}){4}' then
        return null;
    end if;
    return found;
exception
    when others then
        return null;
end
$$;
comment on function oplatency.parse_json(text) is
'The text as jsonb, or null where it is not JSON that PostgreSQL can store, or holds a number of a thousand digits.';
