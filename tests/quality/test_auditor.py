"""The process that audits: its answers are those of the gate, and if it dies the audit has failed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ingestion import Ingestion
from oplatency.errors import GateFailedError, UsageError
from oplatency.ingest import gate as ingest_metrics
from oplatency.quality import gate
from oplatency.quality.auditor import Auditor

CALLS = "operation,started_at,duration_us\ncommit,2026-03-09T10:00:00Z,5000\n"


@pytest.fixture
def ingestion(warehouse, tmp_path: Path) -> Ingestion:
    return Ingestion(warehouse.url(), tmp_path)


def test_it_answers_as_the_gate_does_and_a_dead_one_has_failed_its_audit(ingestion: Ingestion):
    token = ingestion.stage(CALLS)
    with Auditor() as auditor:
        report = auditor.audit(ingestion.url, "staged_metrics", run_token=token)
        os.kill(auditor._process.pid, signal.SIGKILL)
        auditor._process.wait()
        failed = auditor.audit(ingestion.url, "staged_metrics", run_token=token)

    assert report == gate.audit(ingestion.url, "staged_metrics", run_token=token)
    assert report.passed
    assert not failed.passed
    assert "ended with code -9" in failed.checks[0].detail


def test_what_is_inserted_while_a_batch_is_audited_is_kept_if_it_passed(ingestion: Ingestion):
    token = ingestion.stage(CALLS)
    with Auditor() as auditor:
        batch = ingest_metrics.publish(ingestion.url, token, settings=ingestion.settings, auditor=auditor)

    assert ingestion.balanced(batch).accepted == 1
    checks = ingestion.query("select passed from oplatency.audit_results where run_token = %(t)s", {"t": token})
    assert {check["passed"] for check in checks} == {True}


def test_what_is_inserted_while_a_batch_is_audited_is_gone_if_it_failed(ingestion: Ingestion, owner):
    token = ingestion.stage(CALLS)
    owner.execute("update oplatency.staged_metrics set duration_ms = 'NaN'")

    with Auditor() as auditor, pytest.raises(GateFailedError, match="duration_ms"):
        ingest_metrics.publish(ingestion.url, token, settings=ingestion.settings, auditor=auditor)

    assert ingestion.facts() == []
    batch = ingestion.balanced(ingestion.batches()[-1])
    assert (batch["status"], batch["reasons"]) == ("failed", {"failed_audit": 1})
    failed = "select expectation from oplatency.audit_results where run_token = %(t)s and not passed"
    assert any(
        check["expectation"] == "metrics.duration_ms_positive" for check in ingestion.query(failed, {"t": token})
    )


def test_F91_an_audit_that_breaks_off_publishes_nothing_and_refuses_no_row(ingestion: Ingestion):
    token = ingestion.stage(CALLS)
    with Auditor() as auditor:
        os.kill(auditor._process.pid, signal.SIGKILL)
        with pytest.raises(GateFailedError, match="ended with code -9"):
            ingest_metrics.publish(ingestion.url, token, settings=ingestion.settings, auditor=auditor)

    assert ingestion.facts() == ingestion.quarantine() == []
    assert ingestion.land(CALLS).accepted == 1


def test_an_answer_that_nobody_waited_for_is_not_taken_for_the_next(ingestion: Ingestion, owner):
    good, bad = ingestion.stage(CALLS), ingestion.stage(CALLS, name="other.csv", source="other")
    owner.execute("update oplatency.staged_metrics set duration_ms = 'NaN' where run_token = %s", (bad,))
    with Auditor() as auditor:
        with pytest.raises(KeyError), auditor.auditing(ingestion.url, "staged_metrics", run_token=bad):
            raise KeyError

        assert auditor.audit(ingestion.url, "staged_metrics", run_token=good).passed


def test_a_setting_that_cannot_be_used_is_said_and_not_taken_for_a_failed_audit(ingestion: Ingestion, monkeypatch):
    token = ingestion.stage(CALLS)
    monkeypatch.setenv("OPLATENCY_QUALITY__WARNINGS", '{"staged_metric": ["metrics.duration_us_present"]}')

    with Auditor() as auditor, pytest.raises(UsageError, match="staged_metric"):
        auditor.audit(ingestion.url, "staged_metrics", run_token=token)


def test_it_loads_no_statistics_that_no_suite_asks_about():
    program = (
        "import sys; from oplatency.quality import auditor; auditor.main(); "
        "assert 'great_expectations' in sys.modules; assert 'scipy.stats._stats_py' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], stdin=subprocess.DEVNULL, check=True)


def test_nobody_waits_until_its_libraries_are_loaded():
    with Auditor() as auditor:
        pass

    assert auditor._process.returncode == -signal.SIGKILL
