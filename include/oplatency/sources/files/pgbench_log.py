"""Per-transaction logs of ``pgbench --log``.

A line is ``client transaction time script epoch_seconds microseconds [schedule_lag] [retries]``. ``time`` (in
microseconds) ends at the instant of the two numbers after the script. Under ``--rate`` it includes the schedule lag,
the wait before the transaction was started; the duration of the operation is ``time - schedule_lag``. Under
``--max-tries`` the number of retries comes last: a seventh field that stands alone is the one or the other, and only
the source's declaration can say which. Source: the PostgreSQL manual, pgbench, "Per-Transaction Logging".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from oplatency.errors import InputError
from oplatency.settings import SourceSettings
from oplatency.sources.contract import StagedRow, has_bad_encoding, rejected, text_lines

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_MEASURED = {"skipped", "failed", "serialization", "deadlock"}
_LATEST_S = 253_402_300_799  # 9999-12-31, the last second that datetime can hold


def read(stream: BinaryIO, settings: SourceSettings) -> Iterator[StagedRow]:
    """Yield the transactions of a log; the operation is looked up by the number of the script.

    What pgbench notes as 0 us counts as 1 us: it did run.

    Raises
    ------
    InputError
        If the source does not say which operations the scripts stand for.
    """
    if not settings.operations:
        raise InputError(
            "A pgbench log holds script numbers, and the source does not say which operations they stand for.",
            where="settings of the source",
            remedy='add operations = ["name of script 0", "name of script 1"] to the source',
        )
    for line_no, text in enumerate(text_lines(stream), start=1):
        line = text.rstrip("\r\n")
        if line and not text.endswith("\n"):
            detail = "the last line does not end: the log was cut off while it was written"
            yield rejected(line_no, line, "encoding" if has_bad_encoding(line) else "truncated", detail)
        elif line:
            yield _row(line_no, line, settings)


def _row(line_no: int, line: str, settings: SourceSettings) -> StagedRow:
    if has_bad_encoding(line):
        return rejected(line_no, line, "encoding", "the line is not valid UTF-8 text or holds a NUL")
    words = line.split(" ")
    if not 6 <= len(words) <= 8:
        return rejected(line_no, line, "malformed_row", f"{len(words)} fields where a pgbench log has 6 to 8")
    client, transaction, elapsed, script, seconds, micros, *rest = words
    if elapsed in _NOT_MEASURED:
        return rejected(line_no, line, "not_measured", f"the transaction ended as {elapsed!r} and has no duration")
    numbers = (client, transaction, elapsed, script, seconds, micros, *rest)
    if not all(number.isascii() and number.isdigit() and len(number) < 19 for number in numbers):
        return rejected(line_no, line, "malformed_row", "a field that must be a whole number is none")
    if int(script) >= len(settings.operations):
        return rejected(
            line_no,
            line,
            "unknown_script",
            f"script {script}, but the source names {len(settings.operations)} operations",
        )
    duration_us = int(elapsed) - _lag_us(rest, settings) or 1
    if int(micros) > 999_999:
        return rejected(line_no, line, "malformed_row", f"{micros} microseconds of a second")
    if int(seconds) > _LATEST_S:
        return rejected(line_no, line, "timestamp_out_of_range", f"epoch second {seconds}")
    ended_at = _EPOCH + timedelta(seconds=int(seconds), microseconds=int(micros))
    try:
        started_at = ended_at - timedelta(microseconds=duration_us)
    except OverflowError:
        return rejected(line_no, line, "timestamp_out_of_range", f"a duration of {duration_us} us")
    values = {
        "operation": settings.operations[int(script)],
        "started_at": started_at.isoformat(),
        "ended_at": ended_at.isoformat(),
        "duration_us": str(duration_us),
        "session": f"client {client}",
        "branch": settings.branch or "",
        "user_name": settings.user or "",
    }
    return StagedRow(line_no, line, values)


def _lag_us(rest: list[str], settings: SourceSettings) -> int:
    """Return the schedule lag, from what follows the first six fields."""
    has_lag = len(rest) == 2 or (len(rest) == 1 and settings.pgbench_seventh == "schedule_lag")
    return int(rest[0]) if has_lag else 0
