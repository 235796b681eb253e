"""The figures of docs/statistics.md in small: fixed seeds, few fleets, bounds that a broken method does not keep."""

from __future__ import annotations

import csv
import importlib
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from oplatency import cli

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def bench(project: Path) -> Iterator[ModuleType]:
    """Give the benchmark as a module; the scenarios are its attribute `sc`."""
    folder = str(project / "benchmarks")
    sys.path.insert(0, folder)
    try:
        yield importlib.import_module("detection")
    finally:
        sys.path.remove(folder)


def both(bench: ModuleType, scenario: int, make: Callable[..., Any], **fleet: Any) -> tuple[float, float]:
    """Return our F1 and the oracle's."""
    judged = bench.run_points(2, scenario, make, **fleet)
    return bench.point_f1(judged, "ours"), bench.point_f1(judged, "oracle")


def test_spikes_are_found_about_as_well_as_by_who_knows_the_noise(bench: ModuleType) -> None:
    def spiked(rng: np.random.Generator, operation: Any) -> Any:
        return bench.sc.spikes(rng, bench.sc.healthy(rng, operation))

    for tails, least in (("lognormal", 0.78), ("ordinary", 0.62)):
        ours, oracle = both(bench, 1, spiked, tails=tails, rhythm=(0.4, 0.6))
        assert ours >= oracle - 0.03
        assert ours >= least


@pytest.mark.parametrize("share", [0.02, 0.3])
def test_outliers_of_the_judged_day_do_not_hide_each_other(bench: ModuleType, share: float) -> None:
    def masked(rng: np.random.Generator, operation: Any) -> Any:
        return bench.sc.masking(rng, bench.sc.healthy(rng, operation), share=share)

    ours, oracle = both(bench, 4, masked, tails="ordinary")
    assert ours >= oracle - 0.02
    assert ours >= 0.72


def test_a_bad_day_and_few_calls_in_the_baseline_are_survived(bench: ModuleType) -> None:
    def bad(rng: np.random.Generator, operation: Any) -> Any:
        return bench.sc.bad_day(rng, bench.sc.healthy(rng, operation))

    ours, oracle = both(bench, 5, bad, tails="ordinary")
    assert ours >= max(oracle - 0.03, 0.7)
    assert both(bench, 3, bench.sc.few_samples, tails="ordinary")[0] >= 0.78


@pytest.mark.parametrize(
    ("tails", "findings", "alerts"), [("lognormal", 1.0, 0.02), ("pareto", 2.6, 0.09), ("two_paths", 5.0, 0.35)]
)
def test_where_nothing_happens_little_is_found_and_next_to_nothing_alerts(
    bench: ModuleType, tails: str, findings: float, alerts: float
) -> None:
    judged = bench.run_points(2, 10, bench.sc.healthy, tails=tails)
    assert sum(item.ours.sum() for item in judged) / len(judged) <= findings
    assert sum(item.alerts.sum() for item in judged) / len(judged) <= alerts


def test_two_hour_incidents_alert(bench: ModuleType) -> None:
    judged = bench.run_points(2, 20, lambda rng, op: bench.sc.incident(rng, bench.sc.healthy(rng, op)), tails="mixed")
    hit = [item for item in judged if item.truth.sum() >= 3]
    assert np.mean([(item.alerts & item.truth).any() for item in hit]) >= 0.9


def test_shifts_tails_and_drifts_are_found_and_quiet_nights_are_quiet(bench: ModuleType) -> None:
    fleets = [bench.replicate(seed, 30, tails="mixed") for seed in range(2)]
    everyone = [bench.sc.healthy(rng, operation) for rng, operations in fleets for operation in operations]
    for rule in (bench.slower, bench.drifting, bench.tailed):
        assert sum(map(rule, everyone)) <= 2

    def recall(rule: Callable[[Any], bool], change: Callable[[Any], Any]) -> float:
        return float(np.mean([rule(change(series)) for series in everyone[::2]]))

    rng = np.random.default_rng(31)
    assert recall(bench.slower, lambda series: bench.sc.level_shift(series, days=1, change=0.3)) >= 0.85
    assert recall(bench.drifting, lambda series: bench.sc.drift(series, change=0.3)) >= 0.8
    for days, least in ((1, 0.5), (3, 0.8)):
        tail = recall(
            bench.tailed, lambda series, days=days: bench.sc.tail_only(rng, series, days=days, share=0.05, factor=5.0)
        )
        assert tail >= least


def test_a_bottleneck_is_found_and_a_common_rhythm_is_none(bench: ModuleType) -> None:
    def pairs(seed: int, *, hit: int) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
        rng, operations = bench.replicate(seed, 60, tails="mixed", rhythm=(0.5, 0.8), shared_phase=True)
        fleet = [bench.sc.healthy(rng, operation) for operation in operations]
        busy = [operation.number for operation in operations if operation.calls_per_day >= 120]
        members = sorted(int(number) for number in rng.permutation(busy)[:hit])
        for number, series in zip(members, bench.sc.bottleneck(rng, [fleet[m] for m in members]), strict=True):
            fleet[number] = series
        found = {(pair.a, pair.b) for pair in bench.correlated(fleet).pairs}
        return found, {(a, b) for a in members for b in members if a < b}

    assert pairs(0, hit=0)[0] == set()
    told = [pairs(seed, hit=5) for seed in range(2)]
    right = sum(len(found & truth) for found, truth in told)
    assert 2 * right / sum(len(found) + len(truth) for found, truth in told) >= 0.75


def test_the_product_finds_what_the_benchmark_finds(
    bench: ModuleType, warehouse: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: Any
) -> None:
    rng, operations = bench.replicate(3, 70, tails="mixed")
    kept = [replace(op, category="OTHER", calls_per_day=90.0 + 30 * op.number) for op in operations[:9]]
    fleet = [bench.sc.masking(rng, bench.sc.healthy(rng, op, days=7), share=0.03) for op in kept]
    fleet[0] = bench.sc.level_shift(fleet[0], days=1, change=1.0)
    path = tmp_path / "fleet.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["operation", "started_at", "duration_ms"])
        for series in fleet:
            for at, duration in zip(series.started_us.tolist(), series.durations_us.tolist(), strict=True):
                began = EPOCH + timedelta(microseconds=at)
                writer.writerow([f"op{series.operation.number}", began.isoformat(), duration / 1000])
    monkeypatch.setenv("OPLATENCY_DATABASE_URL", warehouse.url())
    monkeypatch.setenv("OPLATENCY_HOME", str(tmp_path / "home"))

    def run(*arguments: str) -> Any:
        monkeypatch.setattr(sys, "argv", ["oplatency", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert not ended.value.code
        return json.loads(capfd.readouterr().out)

    start = EPOCH + timedelta(microseconds=bench.sc.JUDGED_START_US)
    end = start + timedelta(days=1)
    run("ingest", str(path), "--received-at", (end + timedelta(hours=1)).isoformat(), "--json")
    run("detect", "--from", start.isoformat(), "--to", end.isoformat(), "--json")
    exported = tmp_path / "found.json"
    run("export", "anomalies", "--from", start.isoformat(), "--to", end.isoformat(), "--out", str(exported), "--json")
    rows = json.loads(exported.read_text())

    expected = set()
    for series, item in zip(fleet, bench.judge(fleet), strict=True):
        starts = series.started_us[series.judged]
        for at, alerts in zip(starts[item.ours], item.alerts[item.ours], strict=True):
            expected.add((f"op{series.operation.number}", int(at), bool(alerts)))
    slow = [row for row in rows if row["kind"] == "point" and row["severity"] in {"WARNING", "CRITICAL"}]
    found = {
        (
            row["operation"],
            (datetime.fromisoformat(row["observed_at"]) - EPOCH) // timedelta(microseconds=1),
            row["alerting"],
        )
        for row in slow
    }
    assert len(expected) > 50
    assert found == expected
    shifted = {row["operation"] for row in rows if row["kind"] == "shift" and row["effect"] > 0}
    assert shifted == {f"op{s.operation.number}" for s in fleet if bench.slower(s)} >= {"op0"}
