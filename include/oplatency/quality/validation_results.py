"""What Great Expectations answered, in one line of plain text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from oplatency.quality.engine import MAX_EXAMPLES

MAX_DETAIL = 2000
"""Length of a check's detail in characters; what is longer is cut and says so."""

N_OFFENDING = "n_offending"
"""Column in which a rule's query counts all rows it found; it returns only the first few."""

_ELLIPSIS = " ... (cut)"
_WRAPPED = 'An SQL execution Exception occurred.  OperationalError: "'


def row_count(answer: Any) -> int | None:
    """Return the number of rows of the batch, from the expectation about it; None from any other."""
    observed = answer.result.get("observed_value")
    return observed if isinstance(observed, int) else None


def n_unexpected(answer: Any, n_rows: int) -> int:
    """Return how many rows did not hold; all of them where the expectation raised or is about the whole batch."""
    rows = _query_rows(answer)
    if rows:
        return int(rows[0][N_OFFENDING])
    count = answer.result.get("unexpected_count")
    return n_rows if count is None else int(count)


def failure_detail(answer: Any) -> str:
    """Return the error of an expectation that raised, else its offending rows, else what was observed instead."""
    if raised := errors(answer):
        return "; ".join(raised)
    result = answer.result
    rows = (
        _query_rows(answer)
        or result.get("partial_unexpected_index_list")
        or result.get("partial_unexpected_list")
        or []
    )
    if rows:
        return "; ".join(_row(row) for row in rows[:MAX_EXAMPLES])
    mismatched = result.get("details", {}).get("mismatched")
    return f"found {mismatched or result.get('observed_value')}"


def errors(answer: Any) -> list[str]:
    """Return what was raised while an expectation was checked, each text once, without statement and traceback."""
    return sorted(
        {
            text.partition("\n[SQL:")[0].partition("  Traceback:")[0].removeprefix(_WRAPPED)
            for text in _raised(answer.exception_info)
        }
    )


def shortened(text: str) -> str:
    """Return at most 2000 characters; NUL, which PostgreSQL cannot store, becomes a space."""
    text = text.replace("\x00", " ")
    return text if len(text) <= MAX_DETAIL else text[: MAX_DETAIL - len(_ELLIPSIS)] + _ELLIPSIS


def _query_rows(answer: Any) -> list[Mapping[str, Any]]:
    return list((answer.result.get("details") or {}).get("unexpected_rows") or [])


def _row(row: Any) -> str:
    if not isinstance(row, Mapping):
        return str(row)
    return ", ".join(f"{name}={value}" for name, value in row.items() if name != N_OFFENDING)


def _raised(info: Mapping[str, Any] | None) -> Iterator[str]:
    # one error, or one a metric, each below the metric's name
    if not info:
        return
    if "raised_exception" in info:
        if info["raised_exception"]:
            yield str(info.get("exception_message") or "an exception without a message")
        return
    for part in info.values():
        if isinstance(part, Mapping):
            yield from _raised(part)
