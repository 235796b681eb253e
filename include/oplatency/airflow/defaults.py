"""What all DAGs share: defaults, tags, assets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from airflow.sdk import Asset, ExceptionRetryPolicy, RetryAction, RetryRule

from oplatency.errors import FencedError, GateFailedError, InputError, SchemaError, UsageError


class Tag(StrEnum):
    """One area and one impact tier for each DAG."""

    INGEST = "area:ingest"
    ANALYSIS = "area:analysis"
    ALERTS = "area:alerts"
    UPKEEP = "area:upkeep"
    TIER_1 = "impact:tier_1"
    """No alert about a slow-down is sent while it is red."""
    TIER_2 = "impact:tier_2"
    """Results get older while it is red."""


RETRY_TRANSIENT_ERRORS = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=[UsageError, InputError, SchemaError, GateFailedError, FencedError],
            action=RetryAction.FAIL,
            reason="the same input would fail again",
        )
    ]
)
"""A lost connection is tried again; a wrong parameter, a bad file or a failed audit is not."""

LONG = timedelta(hours=2)
"""For a task that may have a week to do again."""

DAG_DEFAULTS: dict[str, Any] = {
    "start_date": datetime(2025, 1, 1, tzinfo=UTC),
    "catchup": False,
    "default_args": {
        "owner": "oplatency",
        "retries": 2,
        "retry_delay": timedelta(seconds=20),
        "retry_policy": RETRY_TRANSIENT_ERRORS,
        "execution_timeout": timedelta(minutes=30),
    },
    "max_active_runs": 4,
}

METRICS = Asset(name="oplatency_metrics", uri="oplatency://warehouse/metrics")
BASELINES = Asset(name="oplatency_baselines", uri="oplatency://warehouse/baselines")
FINDINGS = Asset(name="oplatency_findings", uri="oplatency://warehouse/findings")
"""Publish tasks are outlets of these; the event says in ``rows_changed`` how many rows it added or replaced."""

ASSETS = {"baselines": BASELINES, "findings": FINDINGS}
"""By the name that a windowed job has for what it publishes."""
