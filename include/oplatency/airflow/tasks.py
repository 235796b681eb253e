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
    """Bring the warehouse to the schema of this code; return its version."""
    from oplatency.warehouse.migrations import migrate

    report = migrate(owner_url())
    logger.info("schema version %s, newly applied: %s", report.version, ", ".join(report.applied) or "nothing")
    return report.version


def load_catalogue(context: Context) -> Staged:
    """Load catalogue, merge and trace, stage the calls."""
    from oplatency.jobs import load_bootstrap

    url, settings = writer_url(), load_settings()
    as_of = parameters.as_of_day(context)
    if not parameters.text(context, "as_of"):
        as_of = load_bootstrap.stored_as_of(url) or as_of
    load_bootstrap.load_catalogue(url, as_of=as_of, settings=settings)
    return {"tokens": [str(load_bootstrap.stage_calls(url, as_of=as_of, settings=settings))], "refused": []}


def first_baselines() -> dict[str, Any]:
    """Compute the baselines as of the stored as-of."""
    from oplatency.jobs import load_bootstrap, recalculate_baselines

    as_of = load_bootstrap.stored_as_of(writer_url())
    if as_of is None:
        raise UsageError("The bootstrap data is not loaded.", remedy="clear the run from its first task")
    return recalculate_baselines.recalculate(writer_url(), as_of=as_of, settings=load_settings())


# ingest_metrics


def stage_arrivals(context: Context) -> Staged:
    """Stage the named path, or what is new in the landing folder and in polled sources."""
    from oplatency.airflow.addresses import address_of
    from oplatency.jobs import ingest_metrics

    path = parameters.text(context, "path")
    arrivals = ingest_metrics.Arrivals(
        landing=landing(),
        path=None if path is None else confined(path),
        source=parameters.text(context, "source"),
        received_at=parameters.run_after(context),
        # a source is read as it is now, whatever interval the run is for: rows after it would count as future
        polled_at=datetime.now(UTC),
        resolve=address_of,
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
    _tell(outlet_events, defaults.METRICS, sum(account.accepted for account in accounts))
    return [account.as_json() for account in accounts]


def _tell(outlet_events: Any, asset: Asset, rows_changed: int) -> None:
    outlet_events[asset].extra = {"rows_changed": rows_changed}


def landing() -> UPath:
    """Return the landing folder: ``OPLATENCY_LANDING``, a path or URL, else ``landing`` in ``OPLATENCY_HOME``."""
    from oplatency.sources.files.inputs import locate

    named = os.environ.get("OPLATENCY_LANDING")
    return locate(named or Path(os.environ.get("OPLATENCY_HOME", ".oplatency")) / "landing")


def confined(path: str | Path) -> UPath:
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


# recalculate_baselines, detect_anomalies, correlate_operations


def stage_baselines(context: Context) -> str:
    """Compute candidate baselines; return the token of the run."""
    from oplatency.jobs import recalculate_baselines

    settings = _baseline_settings(context)
    return str(
        recalculate_baselines.stage(
            writer_url(),
            as_of=parameters.as_of_day(context),
            settings=settings,
            operation=parameters.text(context, "operation"),
        )
    )


def audit_baselines(token: str) -> None:
    """Check the candidates."""
    from oplatency.jobs import recalculate_baselines

    recalculate_baselines.audit(writer_url(), UUID(token))


def publish_baselines(token: str, outlet_events: Any) -> dict[str, Any]:
    """Publish the candidates that are new; return the report."""
    from oplatency.jobs import recalculate_baselines

    report = recalculate_baselines.publish(writer_url(), UUID(token), settings=load_settings())
    logger.info("%s", report)
    _tell(outlet_events, defaults.BASELINES, report["published"])
    return report


def refresh_results(outlet_events: Any) -> dict[str, Any]:
    """Compute again what late data touches; return the report."""
    from oplatency.jobs import late_data

    report = late_data.refresh(writer_url(), settings=load_settings())
    logger.info("%s", report)
    _tell(outlet_events, defaults.BASELINES, report["published"])
    _tell(outlet_events, defaults.FINDINGS, report["findings"] + report["pairs"])
    return report


def stage_findings(context: Context) -> str:
    """Judge the window; return the token of the run."""
    from oplatency.jobs import detect_anomalies

    return str(
        detect_anomalies.stage(
            writer_url(),
            parameters.window_of_hours(context),
            settings=load_settings(),
            operation=parameters.text(context, "operation"),
        )
    )


def audit_findings(token: str) -> None:
    """Check the staged findings."""
    from oplatency.jobs import detect_anomalies

    detect_anomalies.audit(writer_url(), UUID(token))


def publish_findings(token: str, outlet_events: Any) -> dict[str, Any]:
    """Replace the findings of the window; return the report."""
    from oplatency.jobs import detect_anomalies

    report = detect_anomalies.publish(writer_url(), UUID(token), settings=load_settings())
    logger.info("%s", report)
    _tell(outlet_events, defaults.FINDINGS, report["anomalies"] + report["violations"] + report["degradations"])
    return report


def stage_correlations(context: Context) -> str:
    """Compute pairs and groups; return the token of the run."""
    from oplatency.jobs import correlate_operations

    return str(correlate_operations.stage(writer_url(), as_of=parameters.as_of_hour(context), settings=load_settings()))


def audit_correlations(token: str) -> None:
    """Check the staged pairs and groups."""
    from oplatency.jobs import correlate_operations

    correlate_operations.audit(writer_url(), UUID(token))


def publish_correlations(token: str, outlet_events: Any) -> dict[str, Any]:
    """Replace the pairs and groups of the as-of; return the report."""
    from oplatency.jobs import correlate_operations

    report = correlate_operations.publish(writer_url(), UUID(token), settings=load_settings())
    logger.info("%s", report)
    _tell(outlet_events, defaults.FINDINGS, report["pairs"])
    return report


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
    """Make and drop partitions. A person's run only tells what it would do, unless it is told otherwise."""
    from oplatency.jobs import maintain_warehouse as job

    dry_run = context["params"]["dry_run"]
    if dry_run is None:
        dry_run = context["dag_run"].run_type == "manual"
    return job.maintain(
        writer_url(), as_of=parameters.run_after(context), settings=load_settings(), dry_run=bool(dry_run)
    )


def _baseline_settings(context: Context) -> Settings:
    """Return the settings with the run's own look-back and number of samples."""
    given = {name: context["params"].get(name) for name in ("lookback_days", "min_samples")}
    settings = load_settings()
    changed = {name: value for name, value in given.items() if value is not None}
    merged = settings.baseline.model_dump() | changed
    return load_settings(baseline=merged) if changed else settings
