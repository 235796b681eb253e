-- ensure_object: hashes a definition and stores its content once; a known content is only counted.
\set content random(1, 40000)
\set n_bytes int(1000000 * exp(random_gaussian(-4000, 4000, 4) / 1000.0 * 0.4))
insert into contents (content_hash, size_bytes, n_references, last_seen_at)
select
    sha256(convert_to('content ' || :content, 'UTF8')),
    length(encode(sha256(convert_to(repeat('x', :n_bytes), 'UTF8')), 'hex')),
    1,
    now()
on conflict (content_hash) do update
set n_references = contents.n_references + 1, last_seen_at = excluded.last_seen_at;
