"""Times given as numbers: the unit is inferred once per file from the magnitude; instants become ISO 8601 text.

The instants that the gate accepts, 2000 to 2199, are 9.4e8 to 7.3e9 seconds since 1970. In milliseconds, microseconds
and nanoseconds they are a thousand times more each, so a number can be such an instant in at most one unit. A number
that is one in no unit is left as it stands, for the gate to refuse.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from oplatency.errors import InputError

TIME_FIELDS = ("started_at", "ended_at")
"""The fields that may hold numbers; ``period_start`` is a day."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST_S = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp())
_END_S = int(datetime(2200, 1, 1, tzinfo=UTC).timestamp())
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_NUMBER = re.compile(r"[0-9]{1,30}(\.[0-9]{0,30})?([eE]\+?[0-9]{1,2})?")


class EpochTimes:
    """Converts the numeric times of one file, which must all be of one unit."""

    def __init__(self) -> None:
        self._unit: str | None = None
        self._first = (0, "")

    def rewrite(self, line_no: int, values: dict[str, str]) -> None:
        """Replace the numeric times of a row by ISO 8601 text.

        Raises
        ------
        InputError
            If a number is of another unit than the first one of the file; both lines are named.
        """
        for name in TIME_FIELDS:
            text = values.get(name)
            # 2026-03-09...: the usual case costs one comparison
            if text and text[4:5] != "-":
                values[name] = self.instant(line_no, text)

    def instant(self, line_no: int, text: str) -> str:
        """Return a numeric time as ISO 8601 text in UTC, to the microsecond; any other text as it is.

        A fraction of a microsecond is rounded as PostgreSQL does: to the nearest, halves to the even one.

        Raises
        ------
        InputError
            If the number is of another unit than the first one of the file; both lines are named.
        """
        number = _number(text)
        unit = None if number is None else unit_of(number)
        if number is None or unit is None:
            return text
        if self._unit is None:
            self._unit, self._first = unit, (line_no, text)
        elif unit != self._unit:
            raise InputError(
                f"The times are of two units: {self._first[1]} is in {self._unit}, {text} in {unit}.",
                where=f"lines {self._first[0]} and {line_no}",
                remedy="write all times of a file in one unit, or as ISO 8601 with an offset from UTC",
            )
        return iso_instant(round(number * 1_000_000 / _PER_SECOND[unit]))


def unit_of(number: Decimal | int) -> str | None:
    """Return the unit (s, ms, us, ns) in which a number since 1970 is of the years 2000 to 2199, or none."""
    for unit, per_second in _PER_SECOND.items():
        if _EARLIEST_S * per_second <= number < _END_S * per_second:
            return unit
    return None


def micros(nanos: int) -> int:
    """Return nanoseconds in microseconds, rounded to the nearest, halves to the even one."""
    whole, rest = divmod(nanos, 1000)
    return whole + (rest > 500 or (rest == 500 and whole % 2 == 1))


def iso_instant(micros_since_1970: int) -> str:
    """Return an instant as ISO 8601 text in UTC."""
    return (_EPOCH + timedelta(microseconds=micros_since_1970)).isoformat()


def _number(text: str) -> Decimal | None:
    stripped = text.strip()
    return Decimal(stripped) if _NUMBER.fullmatch(stripped) else None
