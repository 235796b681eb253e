"""What would let a rejected row pass, by the reason it was rejected for."""

from __future__ import annotations

_FILE = "correct the file and ingest it again: rows ingested before are recognised, only the corrected ones are new"
_ZONE = "declare the zone of such times: oplatency quarantine release ID --assume-tz Europe/Berlin"

REMEDIES = {
    "encoding": _FILE,
    "truncated": "ingest the whole file once its writer has finished: rows ingested before are recognised",
    "malformed_row": _FILE,
    "unknown_field": _FILE,
    "line_too_long": _FILE,
    "unknown_script": "name the script in the source's operations, then ingest the file again",
    "not_measured": "nothing: the call has no duration; discard it",
    "blank_name": _FILE,
    "name_too_long": "shorten the name in the file and ingest it again, or raise ingest.max_name_length and release",
    "control_characters": _FILE,
    "reserved_name": "give it another name in the file, or none where it is not known, and ingest it again",
    "missing_start": _FILE,
    "bad_timestamp": _FILE,
    "naive_timestamp": _ZONE,
    "ambiguous_time": "write the offset into the file and ingest it again, or release with --assume-tz UTC if it was",
    "nonexistent_time": "the declared zone is wrong: release with --assume-tz and the right one",
    "timestamp_out_of_range": _FILE,
    "future_timestamp": "release with --assume-tz if the zone was wrong, or raise ingest.future_tolerance_minutes",
    "beyond_horizon": "raise ingest.horizon_days and release, as long as the partitions of those days are kept",
    "missing_duration": _FILE,
    "bad_number": _FILE,
    "non_finite": _FILE,
    "negative_duration": _FILE,
    "not_positive": "release with --unit if the number is of a larger unit, else correct the file",
    "duration_out_of_range": "release with --unit if the number is of a smaller unit, else correct the file",
    "end_before_start": _FILE,
    "inconsistent_duration": "release with --unit if one unit is wrong, else correct the file",
    "inconsistent_period": _FILE,
    "bad_metadata": _FILE,
    "missing_end": "a span that has ended is exported with its end: bring that in; discard this row",
    "bad_id": _FILE,
    "bad_record": _FILE,
    "unknown_operation": "oplatency operations admit NAME, then release",
    "cardinality_limit": "oplatency operations admit NAME, or raise ingest.max_new_operations; then release",
    "unit_slip": "release with --unit and the true unit; --unit us where the durations are right as they are",
    "conflicting_duplicate": "the first is kept: give this event an identity of its own, or discard it",
    "failed_audit": "audit_results says which expectation failed; release once its cause is gone",
}
"""What to do, by reason code."""


def remedy(reason: str, *, is_readable: bool) -> str:
    """Return what would make a row pass.

    Parameters
    ----------
    reason : str
        Reason code.
    is_readable : bool
        Whether the row could be taken apart; one that could not is never tried again.
    """
    text = REMEDIES.get(reason, "see docs/ingest.md for the reason")
    if is_readable or reason in {"not_measured", "unknown_script", "truncated"}:
        return text
    return _FILE
