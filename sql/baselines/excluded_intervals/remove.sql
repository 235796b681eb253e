-- Takes a noted interval back; its row stays, so that earlier versions can be explained.
-- Re-run: changes nothing.
update oplatency.excluded_intervals
set
    removed_at = clock_timestamp(),
    removed_by = %(removed_by)s
where interval_id = %(interval_id)s and removed_at is null;
