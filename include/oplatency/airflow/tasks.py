"""What tasks call: a job with its connection, settings and window taken from the run.

Job modules are imported inside the functions: Airflow parses DAG files every minute, and the scientific packages take
seconds to import.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from airflow.sdk import Asset, BaseHook

from oplatency.airflow import defaults, parameters
from oplatency.errors import UsageError
from oplatency.settings import Settings, load_settings
from oplatency.windows import DAY

if TYPE_CHECKING:
    from upath import UPath

    from oplatency.jobs.ingest_metrics import Staged

Context = Mapping[str, Any]

logger = logging.getLogger(__name__)


def writer_url() -> str:
    """Return the URL of the connection that runs jobs."""
    return str(BaseHook.get_connection("oplatency_db").get_uri())


def owner_url() -> str:
    """Return the URL of the connection that migrates."""
    return str(BaseHook.get_connection("oplatency_owner").get_uri())


# load_bootstrap


def migrate_schema() -> int:
    """Migrate the warehouse to the schema of this code; return its version."""
    from oplatency.warehouse.migrations import migrate

    report = migrate(owner_url())
    logger.info("schema version %s, newly applied: %s", report.version, ", ".join(report.applied) or "nothing")
    return report.version


def load_catalogue(context: Context) -> Staged:
    """Load catalogue, merge and trace, stage the calls."""
    from oplatency.jobs import load_bootstrap

    url, settings = writer_url(), load_settings()
    as_of = parameters.as_of(context, DAY)
    if not parameters.text(context, "as_of"):
        as_of = load_bootstrap.stored_as_of(url) or as_of
    load_bootstrap.load_catalogue(url, as_of=as_of, settings=settings)
    return {"tokens": [str(load_bootstrap.stage_calls(url, as_of=as_of, settings=settings))], "refused": []}


def first_baselines() -> dict[str, Any]:
    """Compute the baselines as of the stored as-of."""
    from oplatency.jobs import load_bootstrap, windowed_job
    from oplatency.jobs.recalculate_baselines import RECALCULATE
    from oplatency.jobs.windowed_job import Request

    as_of = load_bootstrap.stored_as_of(writer_url())
    if as_of is None:
        raise UsageError("The bootstrap data is not loaded.", remedy="clear the run from its first task")
    return windowed_job.run(writer_url(), RECALCULATE, Request(load_settings(), as_of))


# ingest_metrics


def stage_new_input(context: Context) -> Staged:
    """Stage the named path, or what is new in the landing folder and in polled sources."""
    from oplatency.airflow.connections import connection_url
    from oplatency.jobs import ingest_metrics

    path = parameters.text(context, "path")
    arrivals = ingest_metrics.Arrivals(
        landing=landing(),
        path=None if path is None else inside_landing_folder(path),
        source=parameters.text(context, "source"),
        received_at=parameters.run_after(context),
        # a source is read as it is now, whatever interval the run is for: rows after it would count as future
        polled_at=datetime.now(UTC),
        resolve=connection_url,
    )
    return ingest_metrics.stage(writer_url(), arrivals, settings=load_settings())


def audit_batches(staged: Staged) -> list[str]:
    """Check each staged batch as a whole; return what was wrong with those that failed."""
    from oplatency.jobs import ingest_metrics

    return ingest_metrics.audit(writer_url(), staged)


def publish_batches(staged: Staged, failed_audits: list[str], outlet_events: Any) -> list[dict[str, Any]]:
    """Turn each audited batch into facts; return the accounts."""
    from oplatency.jobs import ingest_metrics

    accounts = ingest_metrics.publish(writer_url(), staged, failed_audits, settings=load_settings())
    _record_asset_event(outlet_events, defaults.METRICS, sum(account.accepted for account in accounts))
    return [account.as_json() for account in accounts]


def _record_asset_event(outlet_events: Any, asset: Asset, rows_changed: int) -> None:
    outlet_events[asset].extra = {"rows_changed": rows_changed}


def landing() -> UPath:
    """Return the landing folder: ``OPLATENCY_LANDING``, a path or URL, else ``landing`` in ``OPLATENCY_HOME``."""
    from oplatency.sources.files.inputs import locate

    named = os.environ.get("OPLATENCY_LANDING")
    return locate(named or Path(os.environ.get("OPLATENCY_HOME", ".oplatency")) / "landing")


def inside_landing_folder(path: str | Path) -> UPath:
    """Return a path inside the landing folder; a relative one is taken from there.

    Raises
    ------
    UsageError
        If it leads out of it, links followed.
    """
    from oplatency.sources.files.inputs import locate, without_credentials

    root = landing().resolve()
    # joining would take a URL for a folder of that name
    resolved = locate(path).resolve() if "://" in str(path) else (root / path).resolve()
    if type(resolved) is not type(root) or not resolved.is_relative_to(root):
        raise UsageError(
            "The path leads out of the landing folder.",
            where=without_credentials(str(path)),
            remedy=f"put the file below {without_credentials(str(root))}",
        )
    return resolved


# the windowed jobs: recalculate_baselines, detect_anomalies, correlate_operations


def stage(context: Context, job: str) -> str:
    """Compute the rows of a run's window; return the token of the attempt."""
    from oplatency.jobs import windowed_job
    from oplatency.jobs.registry import JOBS

    found = JOBS[job]
    if found.length is None:
        window = parameters.window(context, found.unit)
        start, end = window.start, window.end
    else:
        start, end = None, parameters.as_of(context, found.unit)
    request = windowed_job.Request(
        _settings(context, found.overrides), end, start, parameters.text(context, "operation")
    )
    return str(windowed_job.stage(writer_url(), found, request))


def audit(token: str, job: str) -> None:
    """Check the staged rows."""
    from oplatency.jobs import windowed_job
    from oplatency.jobs.registry import JOBS

    windowed_job.audit(writer_url(), JOBS[job], UUID(token))


def publish(token: str, job: str, outlet_events: Any) -> dict[str, Any]:
    """Make the staged rows visible; return the report."""
    from oplatency.jobs import windowed_job
    from oplatency.jobs.registry import JOBS

    report = windowed_job.publish(writer_url(), JOBS[job], UUID(token), settings=load_settings())
    logger.info("%s", report)
    _record_asset_event(outlet_events, defaults.ASSETS[JOBS[job].asset], JOBS[job].rows_changed(report))
    return report


def refresh_results(outlet_events: Any) -> dict[str, Any]:
    """Compute again what late data touches; return the report."""
    from oplatency.jobs import late_data
    from oplatency.jobs.registry import JOBS

    report = late_data.refresh(writer_url(), settings=load_settings())
    logger.info("%s", report)
    for name, asset in defaults.ASSETS.items():
        _record_asset_event(
            outlet_events, asset, sum(report[job.tally.rows] for job in JOBS.values() if job.asset == name)
        )
    return report


def _settings(context: Context, overrides: Mapping[str, tuple[str, ...]]) -> Settings:
    """Return the settings, with those that the form of the run changes."""
    settings = load_settings()
    changed: dict[str, Any] = {}
    for section, names in overrides.items():
        given = {name: context["params"].get(name) for name in names}
        given = {name: value for name, value in given.items() if value is not None}
        if given:
            changed[section] = getattr(settings, section).model_dump() | given
    return load_settings(**changed) if changed else settings


# check_data_quality, deliver_alerts, maintain_warehouse


def check_quality(context: Context) -> dict[str, Any]:
    """Check what is published; fail the task where something does not hold."""
    from oplatency.jobs import check_data_quality

    reports = check_data_quality.check(
        writer_url(),
        settings=load_settings(),
        until=parameters.until(context),
        suite=parameters.text(context, "suite"),
    )
    check_data_quality.require_passed(reports)
    return check_data_quality.summary(reports)


def deliver_alerts(context: Context) -> dict[str, Any]:
    """Write the alerts that are missing."""
    from oplatency.jobs import deliver_alerts as job

    return job.deliver(writer_url(), settings=load_settings(), dry_run=bool(context["params"]["dry_run"]))


def maintain_warehouse(context: Context) -> dict[str, Any]:
    """Create and drop partitions. A manually triggered run is a dry run unless dry_run is off."""
    from oplatency.jobs import maintain_warehouse as job

    dry_run = context["params"]["dry_run"]
    if dry_run is None:
        dry_run = context["dag_run"].run_type == "manual"
    return job.maintain(
        writer_url(), as_of=parameters.run_after(context), settings=load_settings(), dry_run=bool(dry_run)
    )
