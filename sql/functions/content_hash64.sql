-- The second eight bytes of the SHA-256 of a text, as a signed integer: hash64 takes the first.
create or replace function oplatency.content_hash64(p_text text)
returns bigint
language sql
immutable
parallel safe
as $$
    select ('x' || encode(substr(sha256(convert_to(p_text, 'UTF8')), 9, 8), 'hex'))::bit(64)::bigint
$$;
comment on function oplatency.content_hash64(text) is
'Second eight bytes of the SHA-256 of a text, as a signed integer.';
