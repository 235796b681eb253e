-- Removes what rules decided of windows that ended before the retention; findings stay.
-- Grain: one row per verdict. Window: windows that ended at or before %(before_at)s. Re-run: nothing left.
delete from oplatency.verdicts
where window_end <= %(before_at)s;
