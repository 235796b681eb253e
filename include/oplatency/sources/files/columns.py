"""The columns of tables, whatever the format: the same names, and the same words where one of them is wrong."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from oplatency.errors import InputError
from oplatency.sources.contract import FIELDS

COLUMNS = {("user" if name == "user_name" else name): name for name in FIELDS if name not in {"kind", "record"}}
"""Field by the name that its column has."""
_DURATIONS = ("duration_us", "duration_ms", "ended_at")


def require_columns(names: Sequence[str], *, what: str, line: str = "") -> None:
    """Check the columns of a file.

    Parameters
    ----------
    names : sequence of str
        Columns in the order of the file.
    what : str
        What names them: ``header``, ``schema``.
    line : str, optional
        Where that is, ``line 1``.

    Raises
    ------
    InputError
        If one is unknown or stands twice, or one that is needed is missing; names it and the nearest known name.
    """
    known = f"the known columns are: {', '.join(COLUMNS)}"
    for position, name in enumerate(names, start=1):
        where = f"{line}, column {position}" if line else f"column {position}"
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, 1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise InputError(f"The {what} has an unknown column {name!r}.", where=where, remedy=hint + known)
        if names.index(name) != position - 1:
            raise InputError(
                f"The {what} names the column {name!r} twice.", where=where, remedy="leave one of the two out"
            )
    for needed in ("operation", "started_at"):
        if needed not in names:
            raise InputError(f"The {what} lacks the column {needed!r}.", where=line, remedy=known)
    if not set(_DURATIONS) & set(names):
        raise InputError(
            f"The {what} has no column with the duration.",
            where=line,
            remedy=f"add one of: {', '.join(_DURATIONS)}",
        )
