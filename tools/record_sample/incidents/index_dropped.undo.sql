-- The same index as in schema.sql.
create index object_versions_object_idx on object_versions (object_id, valid_from desc);
