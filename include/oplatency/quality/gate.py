"""The gate between stage and publish: run a suite, keep its outcome, refuse what failed.

It fails closed. A column that is missing, a session that breaks, an exception anywhere inside the audit, an
expectation without an answer: each is a failed check, and nothing is published.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Literal
from urllib.parse import quote
from uuid import UUID

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from oplatency.errors import GateFailedError, OplatencyError, UsageError
from oplatency.quality.engine import MAX_EXAMPLES, open_batch, validate
from oplatency.quality.expectations import TABLE, id_of, is_rule
from oplatency.quality.suites import SUITES, Suite
from oplatency.quality.validation_results import errors, failure_detail, n_unexpected, row_count, shortened
from oplatency.settings import QualitySettings, load_settings
from oplatency.warehouse.database import Connection, connect, insert, run

AUDIT_RAN = "audit.ran"
"""Id of the first expectation of every report, and of the only one where a suite could not be run at all."""


@dataclass(frozen=True)
class Check:
    """The outcome of one expectation.

    Attributes
    ----------
    suite : str
        Name of the suite.
    expectation : str
        Id of what was expected.
    description : str
        The same in words.
    subject : str
        Columns it was expected of, or ``table``.
    passed : bool
        Whether it held; an expectation that raised did not.
    n_rows, n_unexpected : int
        Rows of the batch, and those that did not hold; both 0 where nothing could be read.
    detail : str
        At most 20 offending rows or the error, as text, at most 2000 characters; empty when it held. Values are as
        they were found: whoever shows them escapes them.
    severity : {"critical", "warning"}
        Whether nothing is published where it did not hold, or that is only recorded.
    """

    suite: str
    expectation: str
    description: str
    subject: str
    passed: bool
    n_rows: int
    n_unexpected: int
    detail: str
    severity: Literal["critical", "warning"] = "critical"


def audit_ran(suite: str, *, n_rows: int = 0, failure: str = "") -> Check:
    """Return the check that the audit of a suite could be carried out; with a failure, that it could not."""
    words = "the audit can be carried out"
    return Check(suite, AUDIT_RAN, words, TABLE, not failure, n_rows, 0, shortened(failure))


@dataclass(frozen=True)
class AuditReport:
    """The outcome of one suite over one batch.

    Attributes
    ----------
    checks : tuple of Check
        That the audit could be carried out, then one per expectation in the suite's order.
    """

    checks: tuple[Check, ...]

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that did not hold, those that only warn among them."""
        return tuple(check for check in self.checks if not check.passed)

    @property
    def blocking(self) -> tuple[Check, ...]:
        """The critical checks that did not hold."""
        return tuple(check for check in self.failed if check.severity == "critical")

    @property
    def passed(self) -> bool:
        """Whether every critical check held; a report without checks has proven nothing."""
        return bool(self.checks) and not self.blocking

    @property
    def was_carried_out(self) -> bool:
        """Whether the rows were judged at all; where they were not, nothing is known against them."""
        return all(check.passed for check in self.checks if check.expectation == AUDIT_RAN)


def audit(
    url: str,
    suite: str,
    *,
    run_token: UUID | None = None,
    window: tuple[datetime, datetime] | None = None,
    allow_empty: bool | None = None,
    resolution_us: int = 1,
    quality: QualitySettings | None = None,
) -> AuditReport:
    """Run one suite on a separate session and return its report.

    Parameters
    ----------
    url : str
        PostgreSQL connection URL or DSN.
    suite : str
        A name in ``SUITES``.
    run_token : UUID, optional
        Run whose staged rows are judged; what every staged suite needs.
    window : tuple of datetime, optional
        Start and end, with time zone, half-open; what every published suite needs: a batch is never the history.
    allow_empty : bool, optional
        Whether a batch without rows passes. Default: the suite's own answer, yes for findings only.
    resolution_us : int, optional
        Microseconds by which claimed durations, ends and periods of calls may differ from the facts.
    quality : QualitySettings, optional
        Which expectations only warn. Default: the settings of this process.

    Returns
    -------
    AuditReport
        Never an exception once the arguments are in order: what goes wrong is a check that failed.

    Raises
    ------
    UsageError
        If there is no such suite, it is called without its run token or window, or an expectation that is to warn
        does not exist.
    """
    chosen = _chosen(suite, run_token, window)
    warn = _warnings(chosen, quality or load_settings().quality)
    start, end = window or (None, None)
    binds = {"run_token": run_token, "window_start": start, "window_end": end, "resolution_us": resolution_us}
    try:
        with connect(url, purpose=f"audit {suite}") as connection:
            if chosen.form == "staged":
                # what was staged is published at the same time
                run(connection, "session/use_one_process")
            with open_batch(connection, suite, chosen.query(binds)) as batch:
                checks = _checks(batch, chosen, chosen.expectations(allow_empty=allow_empty))
            return AuditReport(
                tuple(replace(check, severity="warning") if check.expectation in warn else check for check in checks)
            )
    except Exception as error:  # whatever it is, the audit did not prove the rows right
        text = str(error) if isinstance(error, OplatencyError) else f"{type(error).__name__}: {error}"
        return AuditReport((audit_ran(suite, failure=_without_password(text, url)),))


def record(connection: Connection, report: AuditReport, *, run_token: UUID | None) -> None:
    """Add the report to ``audit_results``; the caller commits.

    Parameters
    ----------
    connection : Connection
        Session of a role that may write.
    report : AuditReport
        What was found.
    run_token : UUID or None
        Run whose staged rows were judged; None for what is published.
    """
    insert(
        connection,
        "quality/record_check",
        [{"run_token": run_token, **vars(check)} for check in report.checks],
    )


def require_passed(report: AuditReport) -> None:
    """Let nothing through that failed a critical check.

    Raises
    ------
    GateFailedError
        If one failed; it names the expectations with an example each, and the table with the rows.
    """
    if report.passed:
        return
    failed = report.blocking
    names = sorted({check.suite for check in report.checks}) or ["none"]
    parts = [
        f"{check.expectation}: {check.description} ({check.n_unexpected} of {check.n_rows} rows)"
        + (f": {check.detail[:300]}" if check.detail else "")
        for check in failed[:10]
    ]
    if len(failed) > len(parts):
        parts.append(f"and {len(failed) - len(parts)} more")
    tables = ", ".join(SUITES[name].table for name in names if name in SUITES)
    raise GateFailedError(
        f"{len(failed)} of {len(report.checks)} expectations of {', '.join(names)} failed, nothing was published: "
        + "; ".join(parts),
        where=tables or "the audit",
        remedy="look at the rows and at audit_results (docs/quality.md says how), correct the cause, run the job again",
    )


def _chosen(suite: str, run_token: UUID | None, window: tuple[datetime, datetime] | None) -> Suite:
    if suite not in SUITES:
        raise UsageError("There is no such suite.", where=suite, remedy=f"one of: {', '.join(SUITES)}")
    chosen = SUITES[suite]
    if chosen.form == "staged" and (run_token is None or window is not None):
        raise UsageError("A staged suite judges one run.", where=suite, remedy="give its run token, and no window")
    if chosen.form == "published":
        if window is None or run_token is not None:
            raise UsageError(
                "A published suite judges one window.",
                where=suite,
                remedy="give its start and end, and no run token",
            )
        if any(instant.tzinfo is None for instant in window) or not window[0] < window[1]:
            raise UsageError(
                "This is not a window.",
                where=f"{suite}: {window[0]} to {window[1]}",
                remedy="give two instants with a time zone, the earlier one first",
            )
    return chosen


def _warnings(suite: Suite, quality: QualitySettings) -> frozenset[str]:
    """Return the expectations of a suite that only warn; whether an id is known is asked of the suite itself."""
    for name in quality.warnings:
        _require_known(name, list(SUITES), "suite", "quality.warnings")
    ids = quality.warnings.get(suite.name, ())
    known = [id_of(item) for item in suite.expectations()] if ids else []
    for each in ids:
        _require_known(each, known, "expectation", f"quality.warnings.{suite.name}")
    return frozenset(ids)


def _require_known(name: str, known: Sequence[str], kind: str, where: str) -> None:
    if name not in known:
        (nearest,) = get_close_matches(name, known, n=1, cutoff=0.0)
        raise UsageError(
            f"There is no {kind} {name!r}; the nearest is {nearest!r}.",
            where=where,
            remedy="correct the setting; docs/quality.md lists the suites with their expectations",
        )


def _checks(batch: Any, suite: Suite, expectations: Sequence[Any]) -> tuple[Check, ...]:
    of_batch = [item for item in expectations if item.meta["subject"] == TABLE]
    of_rows = [item for item in expectations if item.meta["subject"] != TABLE]
    answers = _answers(batch, of_batch, {"result_format": "BASIC"})
    if unread := "; ".join(sorted({text for answer in answers.values() for text in errors(answer)})):
        # what cannot be read fails once, not once an expectation
        return (audit_ran(suite.name, failure=unread),)
    n_rows = next(size for size in map(row_count, answers.values()) if size is not None)
    # First only whether each holds: most metrics then share one statement. Examples are fetched for those that do
    # not, which is none on most nights.
    answers |= _answers(batch, of_rows, {"result_format": "BOOLEAN_ONLY"})
    held = {each: bool(answer.success) for each, answer in answers.items()}
    failed = [item for item in of_rows if not held[id_of(item)]]
    wanted = {
        "result_format": "SUMMARY",
        "partial_unexpected_count": MAX_EXAMPLES,
        "unexpected_index_column_names": list(suite.example),
    }
    answers |= _answers(batch, [item for item in failed if not is_rule(item)], wanted)
    # only this format hands over the rows of a rule, which limits them itself
    answers |= _answers(batch, [item for item in failed if is_rule(item)], {"result_format": "COMPLETE"})
    checks = (
        Check(
            suite.name,
            id_of(item),
            item.description,
            item.meta["subject"],
            held[id_of(item)],
            n_rows,
            *_evidence(answers[id_of(item)], n_rows, held=held[id_of(item)]),
        )
        for item in expectations
    )
    # it also takes the place of an older one that could not
    return (audit_ran(suite.name, n_rows=n_rows), *checks)


def _evidence(answer: Any, n_rows: int, *, held: bool) -> tuple[int, str]:
    return (0, "") if held else (n_unexpected(answer, n_rows), shortened(failure_detail(answer)))


def _answers(batch: Any, expectations: Sequence[Any], result_format: Mapping[str, object]) -> dict[str, Any]:
    answers = validate(batch, expectations, result_format) if expectations else []
    return {id_of(item): answer for item, answer in zip(expectations, answers, strict=True)}


def _without_password(text: str, url: str) -> str:
    try:
        password = str(conninfo_to_dict(url).get("password") or "")
    except ProgrammingError:
        return "the connection URL cannot be read"
    for secret in {password, quote(password, safe="")}:
        text = text.replace(f":{secret}@", ":***@")
        if len(secret) >= 4:  # a shorter one would be found in the middle of words
            text = text.replace(secret, "***")
    return text
