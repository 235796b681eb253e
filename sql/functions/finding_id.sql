-- The identifier of a finding: made from what names it and from nothing that a re-run or a rebuild changes.
-- Instants belong in it as extract(epoch from t)::text, which no time zone changes.
create or replace function oplatency.finding_id(variadic p_key text[])
returns text
language sql
stable
parallel safe
as $$
    select left(encode(sha256(convert_to(p_key::text, 'UTF8')), 'hex'), 32)
$$;
comment on function oplatency.finding_id(text[]) is
'Identifier of a finding, 32 hexadecimal digits: equal for equal keys, in any warehouse and after any re-run.';
