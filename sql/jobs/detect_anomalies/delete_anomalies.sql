-- Makes room for the anomalies of a window, or of one operation in it.
-- Window: [window_start, window_end). Re-run: the same rows go.
delete from oplatency.anomalies
where
    window_start >= %(window_start)s
    and window_end <= %(window_end)s
    and (
        %(scope)s = ''
        or operation_id = (select operations.operation_id from oplatency.operation_types as operations where operations.name = %(scope)s)
    );
