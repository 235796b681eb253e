-- Makes room for the correlation groups of an as-of. Re-run: the same rows go.
delete from oplatency.correlation_groups
where as_of = %(as_of)s;
