-- The text as jsonb, or null where it is no JSON that PostgreSQL can store.
create or replace function oplatency.parse_json(p_text text)
returns jsonb
language plpgsql
immutable
as $$
begin
    return p_text::jsonb;
exception
    when others then
        return null;
end
$$;
comment on function oplatency.parse_json(text) is 'The text as jsonb, or null where it is no JSON that PostgreSQL can store.';
