-- Published rows of one window.
-- Grain: that of the table. Window: the suite's instant in [window_start, window_end). Re-run: reads only.
select * from %(source_table)s
where
    %(window_column)s >= %(window_start)s
    and %(window_column)s < %(window_end)s
