"""What a statement of ``pg_stat_statements`` is called as an operation, without a literal in it.

The server replaces literals by ``$1``, but not those of utility statements, nor those of an entry that was evicted
while its statement ran. So every text is masked here before any part of it becomes a name.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from oplatency.settings.ingest import StatementSettings

NAME_LENGTH = 80
"""Longest text that is a name as it is; a longer one is cut and distinguished by its number."""

_TOKENS = re.compile(
    r"""
      (?P<comment>--[^\n]*|/\*.*?\*/)
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<literal>\b[eE]'(?:[^'\\]|''|\\.)*'
        |(?:\b[bBxXnN]|\b[uU]&)?'(?:[^']|'')*'
        |\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$)
    | (?P<parameter>\$\d+)
    | (?P<word>[^\W\d][\w$]*)
    | (?P<number>(?:\d|\.\d)[\w.]*(?:(?<=[eE])[+-]\d+)?)
    | (?P<space>\s+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_OPEN = {"'", '"', "$"}
_DATA = {"select", "insert", "update", "delete", "merge", "with", "values", "table"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def operation_of(
    query: str | None, queryid: int, settings: StatementSettings, *, max_length: int
) -> tuple[str | None, bool]:
    """Return the operation that a statement is, None where it is left out, and whether it was named by the settings.

    Parameters
    ----------
    query : str, optional
        Text as the server has it; None where it lost the text.
    queryid : int
        Number of the statement.
    max_length : int
        Longest name of an operation, in characters; statements whose texts would need more go by their numbers.
    """
    number = f"statement {queryid}"
    text = masked(query or "")
    if text is None:
        return number, False
    for pattern, operation in settings.operations.items():
        if fnmatchcase(text.lower(), pattern.lower()):
            return operation, True
    if "pg_stat_statements" in text.lower():
        return None, False
    first = re.match(r"[\s(]*(\w*)", text)
    word = first[1].lower() if first else ""
    if query is not None and word not in _DATA:
        return (f"{word} {queryid}".strip() if settings.utility_statements else None), False
    if settings.names == "number" or not text:
        return number, False
    name = text if len(text) <= NAME_LENGTH else f"{text[:NAME_LENGTH]}... {queryid}"
    return name if len(name) <= max_length else number, False


def masked(query: str) -> str | None:
    """Return a statement on one line, values as ``?``, without comments; None where quotes do not end."""
    parts: list[str] = []
    for token in _TOKENS.finditer(query):
        kind, text = token.lastgroup, token[0]
        if kind in ("literal", "tag", "number", "parameter"):
            parts.append("?")
        elif kind == "comment" and "/*" in text[2:]:
            return None
        elif kind in ("comment", "space"):
            parts.append(" ")
        elif text in _OPEN or (text == "/" and query.startswith("/*", token.start())):
            return None
        else:
            parts.append(text)
    return " ".join(_CONTROL.sub(" ", "".join(parts)).split()).rstrip("; ")
