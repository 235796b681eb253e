"""The one family of errors that oplatency raises on purpose.

Every error says what happened, where, and what to do about it. The command line prints the three parts, with
``--json`` as one object; a DAG task fails with the same text.
"""

from __future__ import annotations


class OplatencyError(Exception):
    """An error with a place and a remedy.

    Parameters
    ----------
    message : str
        What happened, in one sentence.
    where : str, optional
        File, line, column, row, table or run it happened at.
    remedy : str, optional
        What to do about it.
    """

    code = "failed"
    exit_code = 1

    def __init__(self, message: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.remedy = remedy

    def as_json(self) -> dict[str, str]:
        """Return the parts for machines; ``code`` is the id of the kind of error, which its words may change around."""
        return {"error": self.message, "where": self.where, "remedy": self.remedy, "code": self.code}

    def __str__(self) -> str:
        parts = [self.message]
        if self.where:
            parts.append(f"where: {self.where}")
        if self.remedy:
            parts.append(f"what to do: {self.remedy}")
        return " | ".join(parts)


class UsageError(OplatencyError):
    """A parameter, setting or argument that cannot be used."""

    code = "usage"
    exit_code = 2


class GateFailedError(OplatencyError):
    """An audit failed or could not be run; nothing was published."""

    code = "gate_failed"
    exit_code = 3


class InputError(OplatencyError):
    """An input file that cannot be read as what it claims to be; nothing was written."""

    code = "input"


class SchemaError(OplatencyError):
    """The warehouse is older, newer or other than this code expects."""

    code = "schema"


class FencedError(OplatencyError):
    """A newer attempt has taken this one's place; this one must not publish."""

    code = "fenced"


class StagingLostError(FencedError):
    """What was staged is gone, as after a crash of the server; staging again brings it back."""

    code = "staging_lost"


class UnreachableError(OplatencyError):
    """The server cannot be reached, or refuses the login."""

    code = "unreachable"
