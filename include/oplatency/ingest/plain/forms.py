"""Which texts of a column have the plainest form of an instant, a day or a number: no sign, no blanks, ASCII digits.

Each function takes a pyarrow.StringArray of length n and returns a pyarrow.BooleanArray of length n, null where the
text is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_INSTANT = r"^2[01]\d\d-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-](0\d|1[0-4]):[0-5]\d)$"
_DAY = r"^2[01]\d\d-\d\d-\d\d$"
_MILLISECONDS = r"^\d{1,10}(\.\d{1,9})?$"
_SIGNS = {4: "-", 7: "-", 13: ":", 16: ":", 19: "."}
_LARGEST_DIGITS = {1: 1, 14: 5, 17: 5}
"""In an instant, the largest digit where that is not 9: the century, tens of minutes and of seconds."""


def is_instant(column: Any) -> Any:
    """Return which texts are ISO 8601 instants of 2000 to 2199 with seconds and an offset."""
    octets = _of_one_length(column)
    if octets is not None and octets.shape[1] in (20, *range(22, 28)):
        in_utc = _is_instant_in_utc(octets)
        if in_utc.all():
            return pa.array(in_utc)
    return pc.match_substring_regex(column, _INSTANT)


def is_day(column: Any) -> Any:
    """Return which texts are ISO 8601 days of 2000 to 2199."""
    encoded = column.dictionary_encode()
    return pc.match_substring_regex(encoded.dictionary, _DAY).take(encoded.indices)


def is_microseconds(column: Any) -> Any:
    """Return which texts are whole numbers of at most 14 digits, the first of them not 0."""
    return pc.and_not(_is_whole(column, 14), pc.starts_with(column, "0"))


def is_milliseconds(column: Any) -> Any:
    """Return which texts are numbers of at most 10 digits and 9 decimals."""
    return pc.match_substring_regex(column, _MILLISECONDS)


def is_count(column: Any) -> Any:
    """Return which texts are whole numbers of at most 18 digits."""
    return _is_whole(column, 18)


def _is_whole(column: Any, most_digits: int) -> Any:
    return pc.and_(pc.ascii_is_decimal(column), pc.less_equal(pc.binary_length(column), most_digits))


def _of_one_length(column: Any) -> NDArray[np.uint8] | None:
    """Return texts as octets, shape (n, length); None where one is null or of another length."""
    if len(column) == 0 or column.null_count:
        return None
    _, offsets, octets = column.buffers()
    bounds = np.frombuffer(offsets, dtype=np.int32)[column.offset : column.offset + len(column) + 1]
    length = int(bounds[1] - bounds[0])
    if length == 0 or not bool((np.diff(bounds) == length).all()):
        return None
    return np.frombuffer(octets, dtype=np.uint8)[bounds[0] : bounds[-1]].reshape(-1, length)


def _is_instant_in_utc(octets: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which instants end with ``Z`` and are plain: a fifth of what the regular expression takes."""
    # below 0 wraps around: whatever is not a digit becomes a number above 9
    digits = octets - np.uint8(ord("0"))
    separator, last = octets[:, 10], octets[:, -1]
    fits: NDArray[np.bool_] = (
        ((separator == ord("T")) | (separator == ord(" "))) & (last == ord("Z")) & (digits[:, 0] == 2)
    )
    for place in range(1, octets.shape[1] - 1):
        if place in _SIGNS:
            fits &= octets[:, place] == ord(_SIGNS[place])
        elif place != 10:
            fits &= digits[:, place] <= _LARGEST_DIGITS.get(place, 9)
    fits &= (digits[:, 11] < 2) | ((digits[:, 11] == 2) & (digits[:, 12] < 4))
    return fits
