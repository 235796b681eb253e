"""The committed sample, and its replay on a stretched clock."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import shutil
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from oplatency.errors import InputError, UsageError
from oplatency.local.sample import (
    FACTS_NAME,
    LOG_NAME,
    N_DAYS,
    SAMPLE_DIR,
    LogLine,
    ReplayedSample,
    Sample,
    load_sample,
    parse_log,
    read_log,
    replay,
)
from oplatency.windows import to_datetime, to_us

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
OF_THE_BOOTSTRAP = {"branch_create", "commit", "get_history", "merge_branches", "rollback_commit"}


@pytest.fixture(scope="module")
def sample() -> Sample:
    return load_sample()


@pytest.fixture(scope="module")
def recorded(sample: Sample) -> list[LogLine]:
    return read_log(sample)


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> ReplayedSample:
    return replay(AS_OF, tmp_path_factory.mktemp("replay"))


@pytest.fixture(scope="module")
def stretched(replayed: ReplayedSample) -> list[LogLine]:
    return parse_log(replayed.path.read_text())


def by_call(lines: list[LogLine]) -> dict[tuple[int, int], LogLine]:
    return {(line.client, line.transaction): line for line in lines}


def test_the_committed_log_is_the_one_that_recording_json_describes(sample: Sample) -> None:
    content = gzip.decompress((SAMPLE_DIR / LOG_NAME).read_bytes())
    assert hashlib.sha256(content).hexdigest() == sample.log_sha256
    assert content.count(b"\n") == sample.n_transactions


def test_the_sample_is_large_enough_and_about_other_operations_than_the_bootstrap(sample: Sample) -> None:
    assert sample.n_transactions >= 20_000
    assert len(set(sample.operations)) == len(sample.operations) >= 6
    assert OF_THE_BOOTSTRAP.isdisjoint(sample.operations)
    assert sum(path.stat().st_size for path in SAMPLE_DIR.rglob("*") if path.is_file()) < 1_500_000


def test_every_operation_is_called_often_also_on_the_last_day(sample: Sample, recorded: list[LogLine]) -> None:
    last_day = to_us(sample.ended_at - (sample.ended_at - sample.started_at) / N_DAYS)
    for script in range(len(sample.operations)):
        starts = [line.started_us for line in recorded if line.script == script]
        assert len(starts) >= 1000
        assert sum(start >= last_day for start in starts) >= 100


def test_two_incidents_or_more_lie_apart_from_each_other_on_the_last_day(replayed: ReplayedSample) -> None:
    assert len({incident.kind for incident in replayed.incidents}) >= 2
    for incident in replayed.incidents:
        assert AS_OF - timedelta(days=1) < incident.began_at < incident.ended_at < AS_OF
        assert len(incident.operations) >= 2
        assert set(incident.operations) <= set(replayed.operations)
    for earlier, later in itertools.pairwise(replayed.incidents):
        assert earlier.ended_at < later.began_at
        assert set(earlier.operations).isdisjoint(later.operations)


def test_the_log_is_in_order_of_completion_and_names_known_scripts_only(
    sample: Sample, recorded: list[LogLine]
) -> None:
    assert all(a.completed_us <= b.completed_us for a, b in itertools.pairwise(recorded))
    assert {line.script for line in recorded} == set(range(len(sample.operations)))
    assert all(line.service_us >= 1 and line.lag_us >= 0 for line in recorded)


def test_the_factor_stretches_the_recording_to_eight_days(sample: Sample) -> None:
    assert (sample.ended_at - sample.started_at) * sample.factor == timedelta(days=N_DAYS)


def test_replay_is_the_same_byte_for_byte_and_leaves_nothing_else(tmp_path: Path) -> None:
    first = replay(AS_OF, tmp_path / "a").path
    again = replay(AS_OF, tmp_path / "a").path
    elsewhere = replay(AS_OF.astimezone(timezone(timedelta(hours=5))), tmp_path / "b").path
    assert first == again
    assert first.name == elsewhere.name == f"pgbench_log.{int(AS_OF.timestamp())}"
    assert first.read_bytes() == elsewhere.read_bytes()
    assert list((tmp_path / "a").iterdir()) == [first]


def test_replay_keeps_the_duration_and_the_lag_of_every_call(
    recorded: list[LogLine], stretched: list[LogLine], replayed: ReplayedSample, sample: Sample
) -> None:
    assert replayed.n_transactions == len(stretched) == sample.n_transactions
    before, after = by_call(recorded), by_call(stretched)
    assert len(before) == len(recorded)
    assert before.keys() == after.keys()
    for call, line in before.items():
        assert after[call]._replace(completed_us=0) == line._replace(completed_us=0)


def test_replay_stretches_the_distance_of_every_start_to_the_end(
    recorded: list[LogLine], stretched: list[LogLine], sample: Sample
) -> None:
    after = by_call(stretched)
    recorded_end, replayed_end = to_us(sample.ended_at), to_us(AS_OF)
    for line in recorded:
        start = after[line.client, line.transaction].started_us
        assert replayed_end - start == (recorded_end - line.started_us) * sample.factor


def test_every_replayed_call_lies_within_the_eight_days(stretched: list[LogLine], replayed: ReplayedSample) -> None:
    assert replayed.started_at == AS_OF - timedelta(days=N_DAYS)
    assert replayed.ended_at == AS_OF
    assert min(line.started_us for line in stretched) >= to_us(replayed.started_at)
    assert max(line.completed_us for line in stretched) < to_us(AS_OF)


def test_the_last_recorded_eighth_fills_the_last_day(
    recorded: list[LogLine], stretched: list[LogLine], sample: Sample
) -> None:
    eighth = to_us(sample.ended_at - (sample.ended_at - sample.started_at) / N_DAYS)
    last_day = to_us(AS_OF - timedelta(days=1))
    calls = {(line.client, line.transaction) for line in recorded if line.started_us >= eighth}
    assert calls == {(line.client, line.transaction) for line in stretched if line.started_us >= last_day}


def test_replayed_incidents_cover_the_calls_that_they_covered_when_recorded(
    recorded: list[LogLine], stretched: list[LogLine], sample: Sample, replayed: ReplayedSample
) -> None:
    def calls(lines: list[LogLine], began: datetime, ended: datetime) -> set[tuple[int, int]]:
        return {(line.client, line.transaction) for line in lines if began <= to_datetime(line.started_us) < ended}

    for before, after in zip(sample.incidents, replayed.incidents, strict=True):
        within = calls(recorded, before.began_at, before.ended_at)
        assert len(within) > 100
        assert within == calls(stretched, after.began_at, after.ended_at)


def test_replay_to_another_as_of_moves_everything_by_the_difference(tmp_path: Path, replayed: ReplayedSample) -> None:
    later = replay(AS_OF + timedelta(days=30), tmp_path)
    for before, after in zip(replayed.incidents, later.incidents, strict=True):
        assert after.began_at - before.began_at == timedelta(days=30)
    moved = [
        line._replace(completed_us=line.completed_us + 30 * 86_400 * 1_000_000)
        for line in parse_log(replayed.path.read_text())
    ]
    assert parse_log(later.path.read_text()) == moved


def test_service_time_is_elapsed_time_without_the_lag() -> None:
    (line,) = parse_log("0 199 2241 0 1175850568 995598 41\n")
    assert line == LogLine(0, 199, 2241, 0, 1_175_850_568_995_598, 41)
    assert line.service_us == 2200
    assert line.started_us == 1_175_850_568_993_398
    assert str(line) == "0 199 2241 0 1175850568 995598 41"


@pytest.mark.parametrize(
    "line", ["0 1 skipped 0 1175850568 995598 41", "0 1 failed 0 1 2 3", "0 1 2241 0 1175850568 995598", "x"]
)
def test_a_line_that_is_no_completed_transaction_is_refused_with_its_number(line: str) -> None:
    with pytest.raises(InputError) as rejected:
        parse_log(f"0 199 2241 0 1175850568 995598 41\n{line}\n")
    assert rejected.value.where == "line 2"


def test_an_as_of_without_a_time_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        replay(AS_OF.replace(tzinfo=None), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_or_exchanged_log_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    folder, target = tmp_path / "sample", tmp_path / "target"
    folder.mkdir()
    shutil.copy(SAMPLE_DIR / FACTS_NAME, folder)
    with pytest.raises(InputError, match="cannot be read"):
        replay(AS_OF, target, folder=folder)
    (folder / LOG_NAME).write_bytes((SAMPLE_DIR / LOG_NAME).read_bytes()[:-1000])
    with pytest.raises(InputError, match="cannot be read"):
        replay(AS_OF, target, folder=folder)
    (folder / LOG_NAME).write_bytes(gzip.compress(b"0 1 2000 0 1 2 3\n"))
    with pytest.raises(InputError, match="not the one"):
        replay(AS_OF, target, folder=folder)
    assert not target.exists()


def test_facts_that_cannot_be_read_are_refused_with_their_path(tmp_path: Path) -> None:
    for content in ("", "{}", "[]", '{"scripts": 3}'):
        (tmp_path / FACTS_NAME).write_text(content)
        with pytest.raises(InputError) as rejected:
            load_sample(tmp_path)
        assert rejected.value.where == str(tmp_path / FACTS_NAME)


def test_a_replay_that_fails_leaves_the_earlier_log_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = replay(AS_OF, tmp_path).path
    before = path.read_bytes()
    monkeypatch.setattr(Path, "replace", _no_space)
    with pytest.raises(OSError, match="No space"):
        replay(AS_OF, tmp_path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def _no_space(self: Path, target: Path) -> Path:
    raise OSError(28, "No space left on device")
