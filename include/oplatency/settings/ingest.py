"""How calls are ingested, and how the files of one source are read."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from oplatency.settings.section import Positive, Section


class IngestSettings(Section):
    """The gate in front of the fact tables (docs/architecture.md, "Ingest")."""

    horizon_days: Annotated[int, Field(ge=1)] = 90
    """Older calls are quarantined as ``beyond_horizon``."""
    future_tolerance_minutes: Positive = 10.0
    """Calls that start later than this after their arrival are quarantined as ``future_timestamp``."""
    max_name_length: Annotated[int, Field(ge=1, le=1000)] = 200
    """Longest operation name, in characters."""
    new_operations: Literal["admit", "hold"] = "admit"
    """What happens to an operation name that is not in the catalogue, where the source does not say."""
    max_new_operations: Annotated[int, Field(ge=0)] = 100
    """New operation names that one batch may add; rows with more are quarantined as ``cardinality_limit``."""
    unit_slip_min_calls: Annotated[int, Field(ge=1)] = 20
    """Calls of an operation that a batch must hold, and that must be known already, before units are compared."""
    unit_slip_tolerance: Annotated[float, Field(ge=1, le=10)] = 3.0
    """A median within this factor of what is usual times or by a thousand or a million is a slip of the unit."""
    unit_slip_share: Annotated[float, Field(gt=0.5, le=1)] = 0.8
    """At least this share of the operations compared, and of their calls, must have slipped the same way."""
    fail_on_empty: bool = False
    """Whether an input without rows is an error."""


class OtlpSettings(Section):
    """OpenTelemetry spans: which are calls, and what stands for operation, branch and user.

    Keys are those of the span's attributes; those of its resource as ``resource.<key>``, the scope as ``scope.name``.
    """

    calls: Literal["root", "all", "mapped"] = "root"
    """Spans that are calls of an operation too: those without a parent, all, or those that `operation` or `operations`
    name."""
    operation: tuple[str, ...] = ()
    """Keys that hold the name of the operation, tried in turn; else it is the name of the span."""
    operations: dict[str, str] = {}  # noqa: RUF012
    """The operation by that name, which may be a pattern (``GET /commits/*``); the first that fits counts."""
    branch: str | None = None
    """Key that holds the branch."""
    user: str | None = None
    """Key that holds the user."""
    keep_resource: tuple[str, ...] = ("service.name",)
    """Attributes of the resource that are kept in the metadata, beside those of the span."""


class PollingSettings(Section):
    """How a source is polled that is asked for its rows, instead of sending files."""

    connection: str = ""
    """Where it is: an Airflow connection id, or the environment variable that holds its URL."""
    enabled: bool = True
    """Whether it is polled."""
    overlap_minutes: Positive = 30.0
    """How far before the watermark a poll begins anew: rows may commit this much later than they are dated."""
    max_rows: Annotated[int, Field(ge=1)] = 100_000
    """Rows beyond the watermark that one poll reads at most; the rest comes with the next."""


class StatementSettings(Section):
    """Statements of pg_stat_statements: which are operations, and what they are called."""

    operations: dict[str, str] = {}  # noqa: RUF012
    """The operation by the text of the statement, which may be a pattern (``select * from orders *``): literals are
    ``?``, spaces single, case does not matter. The first that fits counts, for utility statements too."""
    names: Literal["text", "number"] = "text"
    """Other statements are called by their text, literals masked, cut at 80 characters, or ``statement <queryid>``."""
    utility_statements: bool = False
    """Whether utility statements are read, as ``<first word> <queryid>``: their texts hold literals."""
    all_databases: bool = False
    """Whether the statements of all databases of the server are read, not only those of the connection's."""
    top: Annotated[int, Field(ge=1)] = 100
    """Operations that one poll reads at most: those that `operations` names, then those that took the most time."""
    max_operations: Annotated[int, Field(ge=0)] = 1000
    """Operations that statements may add to the catalogue in all."""


class SourceSettings(Section):
    """How one source is read; its name is the folder that its files land in, or that holds its declaration."""

    format: str = "auto"
    """How the files are read, auto by their names; or the kind of source that is polled in their place."""
    operations: tuple[str, ...] = ()
    """pgbench: the operation that script number 0, 1, ... stands for."""
    pgbench_seventh: Literal["schedule_lag", "retries"] = "schedule_lag"
    """pgbench: what a seventh field is, where there is no eighth: schedule_lag (of ``--rate``) or retries (of
    ``--max-tries``)."""
    branch: str | None = None
    """Branch of calls that name none."""
    user: str | None = None
    """User of calls that name none."""
    unknown_fields: Literal["refuse", "metadata", "ignore"] = "refuse"
    """JSON lines: what a key that is not known brings about: the row is quarantined as ``unknown_field``, the key goes
    into the metadata, or it is left out."""
    assume_tz: str | None = None
    """IANA zone of timestamps without an offset; without it they are quarantined."""
    resolution_us: Annotated[int, Field(ge=1)] = 1
    """Claimed durations, ends and periods may differ from the facts by this many microseconds."""
    new_operations: Literal["admit", "hold"] | None = None
    """What happens to an operation name that is not in the catalogue; without it as for the installation."""
    detect_unit_slips: bool = True
    """Whether rows are quarantined as ``unit_slip`` whose durations are a thousand or a million times off."""
    otlp: OtlpSettings = OtlpSettings()
    """OpenTelemetry spans: see below."""
    statements: StatementSettings = StatementSettings()
    """pg_stat_statements: see below."""
    polling: PollingSettings = PollingSettings()
    """Of a polled source: where it is, and how it is read."""
