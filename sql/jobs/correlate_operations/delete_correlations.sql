-- Makes room for the correlations of an as-of. Re-run: the same rows go.
delete from oplatency.correlations
where as_of = %(as_of)s;
