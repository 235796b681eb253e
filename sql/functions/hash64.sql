-- The first eight bytes of the SHA-256 of a text, as a signed integer.
create or replace function oplatency.hash64(p_text text)
returns bigint
language sql
immutable
parallel safe
as $$
    select ('x' || encode(substr(sha256(convert_to(p_text, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint
$$;
comment on function oplatency.hash64(text) is 'First eight bytes of the SHA-256 of a text, as a signed integer.';
