-- A call as one text, the same for every spelling it may come in: what its identity is taken of where it has none of its own.
-- Fields are parted by the unit separator, which none of them can hold; absent is empty. The module plain_rows.py writes
-- the same text.
create or replace function oplatency.canonical_call(
    p_operation text,
    p_started_at timestamptz,
    p_duration_us bigint,
    p_branch text,
    p_user_name text,
    p_session text,
    p_rows_affected bigint,
    p_memory_bytes bigint,
    p_cpu_us bigint,
    p_metadata jsonb,
    p_error jsonb
)
returns text
language sql
immutable
parallel safe
as $$
    select
        p_operation
        || E'\x1f' || (extract(epoch from p_started_at) * 1000000)::bigint
        || E'\x1f' || p_duration_us
        || E'\x1f' || coalesce(p_branch, '')
        || E'\x1f' || coalesce(p_user_name, '')
        || E'\x1f' || coalesce(p_session, '')
        || E'\x1f' || coalesce(p_rows_affected::text, '')
        || E'\x1f' || coalesce(p_memory_bytes::text, '')
        || E'\x1f' || coalesce(p_cpu_us::text, '')
        || E'\x1f' || coalesce(p_metadata::text, '')
        || E'\x1f' || coalesce(p_error::text, '')
$$;
comment on function oplatency.canonical_call(
    text, timestamptz, bigint, text, text, text, bigint, bigint, bigint, jsonb, jsonb
) is 'A call as one text, the same for every spelling: what its identity is taken of.';
