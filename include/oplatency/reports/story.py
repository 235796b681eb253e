"""What is known of one operation at one instant: verdicts, findings, baselines, what happened at the same time, alerts.

Everything is read through views, with the role that may read nothing else. `explanation` puts it into words.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from oplatency.detection.rules.registry import hour_rule_names
from oplatency.errors import UsageError
from oplatency.reports.overrides import deviations
from oplatency.warehouse.database import Connection, Row, read_view, rows

ALL = "(all)"


@dataclass(frozen=True)
class ReadGate:
    """One condition of a rule, as the ledger keeps it."""

    name: str
    value: float | None
    limit: float
    passed: bool


@dataclass(frozen=True)
class ReadVerdict:
    """What one rule decided of one window, as the ledger keeps it.

    Attributes
    ----------
    observed, expected, needed : float or None
        Microseconds; for silence calls.
    baseline_level, baseline_branch : str or None
        What the baseline was made from; None where none judged it, or before this was noted.
    """

    rule: str
    window_start: datetime
    window_end: datetime
    outcome: str
    calls: int
    findings: int
    observed: float | None
    expected: float | None
    needed: float | None
    gates: tuple[ReadGate, ...]
    baseline_as_of: datetime | None = None
    baseline_level: str | None = None
    baseline_branch: str | None = None
    baseline_revision: int | None = None
    baseline_config_hash: str | None = None

    def gate(self, name: str) -> ReadGate | None:
        """Return the gate of a name, if the rule has it."""
        return next((gate for gate in self.gates if gate.name == name), None)


@dataclass(frozen=True)
class Story:
    """Everything that is known of an operation's hour.

    Attributes
    ----------
    operation, branch : str, str or None
        Whose calls; without a branch those of all.
    at, hour_start : datetime
        The instant asked for, and the start of its UTC hour.
    tracked : bool
        Whether detection looks at the operation now.
    verdicts : tuple of ReadVerdict
        Of the hour, and of days that hold it.
    findings, baselines, surroundings, groups, alerts, notes, runs, changes : tuple of dict
        Rows of ``sql/reports/explain_<name>.sql``.
    deviations : dict of str to list of dict
        By hash, what the settings that judged and those of the baseline set otherwise than the defaults.
    """

    operation: str
    branch: str | None
    at: datetime
    hour_start: datetime
    tracked: bool = True
    verdicts: tuple[ReadVerdict, ...] = ()
    findings: tuple[Row, ...] = ()
    baselines: tuple[Row, ...] = ()
    surroundings: tuple[Row, ...] = ()
    groups: tuple[Row, ...] = ()
    alerts: tuple[Row, ...] = ()
    notes: tuple[Row, ...] = ()
    runs: tuple[Row, ...] = ()
    changes: tuple[Row, ...] = ()
    deviations: dict[str, list[Row]] = field(default_factory=dict)

    @property
    def used(self) -> ReadVerdict | None:
        """The verdict that names the baseline which judged the hour; None if none did."""
        judged = (verdict for verdict in self.verdicts if verdict.rule in hour_rule_names())
        return next((verdict for verdict in judged if verdict.baseline_as_of is not None), None)

    @property
    def was_tracked(self) -> bool:
        """Whether detection looked at the operation when the hour was judged; if it never was, whether it does now."""
        for row in self.changes:
            if row["setting"] == "is_tracked":
                return bool(row["value"] if row["changed_by"] else row["first_value"])
        return self.tracked

    def as_json(self) -> dict[str, Any]:
        """Return the story as an object; instants stay instants."""
        return asdict(self)


def load_hour_report(connection: Connection, operation: str, at: datetime, *, branch: str | None = None) -> Story:
    """Read what is known of an operation at an instant.

    Parameters
    ----------
    connection : Connection
        Session of a role that may read the views.
    operation : str
        Name in the catalogue.
    at : datetime
        Any instant with an offset; its whole UTC hour is explained.
    branch : str, optional
        Explain the findings and the baseline of this branch.

    Raises
    ------
    UsageError
        If there is no such operation or branch; near names are given.
    """
    at = at.astimezone(UTC)
    hour = at.replace(minute=0, second=0, microsecond=0)
    catalogue = {row["operation"]: row["tracked"] for row in rows(connection, "reports/explain_operation")}
    if operation not in catalogue:
        raise _unknown("operation", operation, catalogue, "see: oplatency operations list")
    parameters: dict[str, Any] = {"operation": operation, "hour_start": hour, "branch": branch}

    def read(name: str) -> tuple[Row, ...]:
        return tuple(rows(connection, f"reports/explain_{name}", parameters))

    runs = read("runs")
    parameters["judged_at"] = runs[0]["staged_at"] if runs else None
    story = Story(
        operation=operation,
        branch=branch,
        at=at,
        hour_start=hour,
        tracked=catalogue[operation],
        verdicts=_verdicts(read("verdicts")),
        findings=read("findings"),
        baselines=read("baselines"),
        surroundings=read("surroundings"),
        groups=read("groups"),
        alerts=read("alerts"),
        notes=read("notes"),
        runs=runs,
        changes=read("changes"),
    )
    hashes = [row["config_hash"] for row in runs] + ([story.used.baseline_config_hash] if story.used else [])
    found = rows(connection, "reports/explain_configurations", {"config_hashes": hashes})
    story = replace(story, deviations={row["config_hash"]: deviations(row["content"]) for row in found})
    if branch is not None and branch not in {row["branch"] for row in story.baselines}:
        known = [row["branch_name"] for row in read_view(connection, "v_branch_performance_summary")]
        if branch not in known:
            raise _unknown("branch", branch, known, "see v_branch_performance_summary")
    return story


def hour_end(story: Story) -> datetime:
    """Return the end of the hour, exclusive."""
    return story.hour_start + timedelta(hours=1)


def _verdicts(found: tuple[Row, ...]) -> tuple[ReadVerdict, ...]:
    def key(row: Row) -> tuple[Any, ...]:
        return row["rule"], row["window_start"], row["window_end"]

    return tuple(_verdict(list(gates)) for _, gates in groupby(found, key))


def _verdict(found: list[Row]) -> ReadVerdict:
    of_gates = ("gate", "gate_value", "gate_limit", "passed")
    gates = tuple(ReadGate(*(row[name] for name in of_gates)) for row in found)
    return ReadVerdict(**{name: value for name, value in found[0].items() if name not in of_gates}, gates=gates)


def _unknown(what: str, name: str, known: Iterable[str], remedy: str) -> UsageError:
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    return UsageError(f"There is no {what} {name!r}.", where=what, remedy=f"{hint}{remedy}")
