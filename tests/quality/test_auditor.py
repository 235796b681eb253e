"""The process that audits: its answers are those of the gate, and if it dies the audit has failed."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from ingestion import Ingestion
from oplatency.errors import UsageError
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


def test_a_setting_that_cannot_be_used_is_said_and_not_taken_for_a_failed_audit(ingestion: Ingestion, monkeypatch):
    token = ingestion.stage(CALLS)
    monkeypatch.setenv("OPLATENCY_QUALITY__WARNINGS", '{"staged_metric": ["duration_us is present"]}')

    with Auditor() as auditor, pytest.raises(UsageError, match="staged_metric"):
        auditor.audit(ingestion.url, "staged_metrics", run_token=token)
