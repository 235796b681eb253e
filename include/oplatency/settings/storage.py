"""How long data is kept, and how long a session may wait."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from oplatency.settings.section import Positive, Section


class RetentionSettings(Section):
    """Partitions ahead and behind."""

    metrics_days: Annotated[int, Field(ge=1)] = 90
    """Partitions of calls older than this are dropped."""
    canary_trials_days: Annotated[int, Field(ge=1)] = 365
    """What became of synthetic slow-downs is kept this long."""
    backtests_days: Annotated[int, Field(ge=1)] = 365
    """How configurations would have done is kept this long after it was replayed."""
    verdicts_days: Annotated[int, Field(ge=1)] = 90
    """Verdicts of windows that ended longer ago are removed; findings stay."""
    aggregates_days: Annotated[int, Field(ge=1)] = 90
    """Intervals of sources that know aggregates only are removed when they are older than this."""
    partitions_ahead_days: Annotated[int, Field(ge=1, le=366)] = 14
    """Partitions are made for this many days ahead."""


class DatabaseSettings(Section):
    """Timeouts of every session the jobs open, in seconds."""

    statement_timeout_s: Positive = 600.0
    """One statement, seconds."""
    lock_timeout_s: Positive = 15.0
    """Waiting for a table or row, seconds."""
    advisory_lock_timeout_s: Positive = 300.0
    """Waiting for another run of the same job to publish, seconds."""
    idle_in_transaction_timeout_s: Positive = 120.0
    """An open transaction in which nothing happens, seconds."""
