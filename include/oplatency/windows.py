"""Half-open windows of instants in UTC, whole hours and days, and instants as microseconds."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from oplatency.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Window:
    """A half-open window ``[start, end)`` of instants in UTC.

    Raises
    ------
    UsageError
        If an end has no offset from UTC, or the window is empty.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        for name, instant in (("start", self.start), ("end", self.end)):
            if instant.tzinfo is None:
                raise UsageError(
                    f"The window's {name} {instant} has no offset from UTC.", remedy="write 2026-01-31T00:00:00Z"
                )
        if self.start >= self.end:
            raise UsageError(
                "The window is empty (empty_interval): its start is not before its end.",
                where=f"[{self.start.isoformat()}, {self.end.isoformat()})",
                remedy="give both ends, or run the DAG with a timetable that has a data interval",
            )
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))


def floor_to(instant: datetime, unit: timedelta) -> datetime:
    """Return the whole UTC hour or day that an instant falls into."""
    if instant.tzinfo is None:
        raise UsageError(f"The instant {instant} has no offset from UTC.", remedy="write it as 2026-01-31T00:00:00Z")
    return _EPOCH + (instant.astimezone(UTC) - _EPOCH) // unit * unit


def require_whole(instant: datetime, unit: timedelta, *, name: str) -> datetime:
    """Return the instant in UTC if it is a whole hour or day.

    Raises
    ------
    UsageError
        If it is not.
    """
    floored = floor_to(instant, unit)
    if floored != instant:
        word = "day" if unit == DAY else "hour"
        raise UsageError(
            f"{name} {instant.isoformat()} is not a whole UTC {word}.", where=name, remedy=f"use {floored.isoformat()}"
        )
    return floored


def to_us(instant: datetime) -> int:
    """Return microseconds since the Unix epoch."""
    return (instant - _EPOCH) // _MICROSECOND


@functools.lru_cache(maxsize=4096)
def to_datetime(instant_us: int) -> datetime:
    """Return the instant of microseconds since the Unix epoch, in UTC; hours and days are asked for again and again."""
    return _EPOCH + timedelta(microseconds=int(instant_us))


def to_datetimes(instants_us: NDArray[np.int64]) -> list[datetime]:
    """Return the instants of microseconds since the Unix epoch, in UTC."""
    return [_EPOCH + timedelta(microseconds=instant_us) for instant_us in instants_us.tolist()]
