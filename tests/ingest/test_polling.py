"""Polls overlap, crash, come at once and meet clocks that are wrong: every row ends in exactly one place."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingestion import Ingestion
from oplatency.errors import FencedError, GateFailedError, InputError, OplatencyError, UsageError
from oplatency.ingest import gate, polling
from oplatency.settings import IngestSettings, PollingSettings, Settings, SourceSettings
from oplatency.sources import registry
from oplatency.sources.polled.contract import Event, Poll, PolledSource

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass
class Recorder:
    """A source that holds events in memory; `asked` is what each poll wanted."""

    events: list[Event] = field(default_factory=list)
    asked: list[Poll] = field(default_factory=list)

    def record(self, name: str, at: datetime, *, marked_at: datetime | None = None, **values: str) -> None:
        given = {"event_id": name, "operation": "read", "started_at": at.isoformat(), "duration_us": "1000"}
        self.events.append(Event(marked_at or at, {**given, **values}))

    def read(self, poll: Poll) -> Iterator[Event]:
        self.asked.append(poll)
        wanted = [event for event in self.events if event.marked_at >= poll.since_at]
        yield from sorted(wanted, key=lambda event: event.marked_at)


@dataclass
class Polled(Ingestion):
    """A warehouse and one source that is polled."""

    recorder: Recorder = field(default_factory=Recorder)
    connection: str = "postgresql://ann:secret@db.example:5433/shop"

    def stage(self, at: datetime = NOON) -> Any:  # type: ignore[override]
        return polling.poll_stream(self.url, "shop", "rows", self.context(at))

    def context(self, at: datetime = NOON) -> polling.PollContext:
        return polling.PollContext(self.folder, at, self.settings, lambda name: self.connection)

    def poll(self, at: datetime = NOON) -> Any:
        """Poll once; return the account, which balances, or None where nothing was new."""
        token = self.stage(at)
        return None if token is None else self.balanced(self.finish(token))

    def watermark(self) -> dict[str, Any] | None:
        found = self.query("select watermark_at, polled_at from oplatency.source_watermarks where source = 'shop'")
        return found[0] if found else None

    def ids(self) -> int:
        return len(self.facts())


@pytest.fixture
def shop(warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Polled:
    declared = SourceSettings(format="pggit", polling=PollingSettings(connection="shop_db", overlap_minutes=10))
    made = Polled(warehouse.url(), tmp_path, Settings(sources={"shop": declared}))
    monkeypatch.setitem(registry.POLLED, "pggit", lambda: PolledSource(("rows",), made.recorder.read))
    return made


def test_the_first_poll_reaches_back_to_the_horizon_and_later_ones_to_the_watermark_less_the_overlap(shop: Polled):
    shop.recorder.record("a", NOON - 5 * MINUTE)
    shop.poll()
    shop.poll(NOON + 5 * MINUTE)
    assert [poll.since_at for poll in shop.recorder.asked] == [NOON - 90 * DAY, NOON - 15 * MINUTE]
    assert shop.watermark() == {"watermark_at": NOON - 5 * MINUTE, "polled_at": NOON + 5 * MINUTE}


def test_F50_windows_that_overlap_count_nothing_twice(shop: Polled):
    shop.recorder.record("a", NOON - 5 * MINUTE)
    assert shop.poll().accepted == 1
    shop.recorder.record("late to commit", NOON - 12 * MINUTE)
    shop.recorder.record("new", NOON + MINUTE)

    account = shop.poll(NOON + 5 * MINUTE)

    assert (account.rows_in, account.accepted, account.duplicate) == (3, 2, 1)
    assert shop.ids() == 3


def test_two_events_of_one_content_are_both_kept(shop: Polled):
    shop.recorder.record("a", NOON - MINUTE)
    shop.recorder.record("b", NOON - MINUTE)
    assert shop.poll().accepted == 2


def test_a_poll_without_anything_new_makes_no_batch_and_is_seen_all_the_same(shop: Polled):
    assert shop.poll() is None
    shop.recorder.record("a", NOON + MINUTE)
    shop.poll(NOON + 5 * MINUTE)
    for minutes in (10, 15, 20):
        shop.poll(NOON + minutes * MINUTE)
    assert len(shop.batches()) == 1
    assert shop.watermark() == {"watermark_at": NOON + MINUTE, "polled_at": NOON + 20 * MINUTE}


def test_the_account_says_what_was_polled_without_the_password(shop: Polled):
    shop.recorder.record("a", NOON - MINUTE)
    shop.poll()
    (batch,) = shop.batches()
    assert batch["format"] == "pggit"
    assert batch["path"].startswith("postgresql://ann@db.example:5433/shop rows from 2025-12-10T12:00:00")
    assert "secret" not in str(batch)


def test_F06_a_clock_that_is_ahead_moves_no_watermark_and_is_refused_once(shop: Polled):
    shop.recorder.record("a", NOON - 5 * MINUTE)
    shop.recorder.record("skewed", NOON + 3 * DAY)
    account = shop.poll()
    assert account.reasons == {"future_timestamp": 1}
    assert shop.watermark() == {"watermark_at": NOON - 5 * MINUTE, "polled_at": NOON}

    shop.recorder.record("b", NOON + MINUTE)
    account = shop.poll(NOON + 5 * MINUTE)
    assert (account.accepted, account.quarantined) == (1, 0)
    assert len(shop.quarantine()) == 1
    assert shop.watermark() == {"watermark_at": NOON + MINUTE, "polled_at": NOON + 5 * MINUTE}


def test_F06_a_start_that_lies_ahead_is_refused_while_its_mark_counts(shop: Polled):
    shop.recorder.record("a", NOON + 3 * DAY, marked_at=NOON - MINUTE)
    with pytest.raises(GateFailedError, match="future_timestamp: 1"):
        shop.poll()
    assert shop.watermark() is None
    assert shop.poll(NOON + 5 * MINUTE) is None  # it is in quarantine, so it is accounted for
    assert len(shop.quarantine()) == 1
    assert shop.watermark() == {"watermark_at": NOON - MINUTE, "polled_at": NOON + 5 * MINUTE}


def test_a_refused_row_within_the_overlap_is_refused_once(shop: Polled):
    shop.recorder.record("bad", NOON - 2 * MINUTE, duration_us="-5")
    shop.recorder.record("torn \ud800", NOON - 2 * MINUTE)
    shop.recorder.record("a", NOON - MINUTE)
    assert shop.poll().reasons == {"negative_duration": 1, "encoding": 1}
    shop.recorder.record("b", NOON + MINUTE)
    assert shop.poll(NOON + 5 * MINUTE).quarantined == 0
    assert len(shop.quarantine()) == 2


def test_F52_a_crash_before_the_publishing_moves_no_watermark_and_the_next_poll_brings_everything(shop: Polled):
    shop.recorder.record("a", NOON - MINUTE)
    token = shop.stage()
    gate.audit(shop.url, token)
    assert shop.watermark() is None

    assert shop.poll(NOON + 5 * MINUTE).accepted == 1
    assert shop.watermark() == {"watermark_at": NOON - MINUTE, "polled_at": NOON + 5 * MINUTE}


def test_F52_what_fails_while_the_watermark_moves_leaves_no_facts(shop: Polled, monkeypatch: pytest.MonkeyPatch):
    shop.recorder.record("a", NOON - MINUTE)
    token = shop.stage()
    gate.audit(shop.url, token)
    real = gate.run

    def breaking(connection: Any, name: str, parameters: Any = None) -> int:
        if name == "ingest/polling/advance_watermark":
            raise OplatencyError("the connection is lost")
        return real(connection, name, parameters)

    monkeypatch.setattr(gate, "run", breaking)
    with pytest.raises(OplatencyError, match="lost"):
        gate.publish(shop.url, token, settings=shop.settings)
    assert (shop.facts(), shop.watermark()) == ([], None)

    monkeypatch.undo()
    monkeypatch.setitem(registry.POLLED, "pggit", lambda: PolledSource(("rows",), shop.recorder.read))
    assert shop.finish(token).accepted == 1
    assert shop.watermark() == {"watermark_at": NOON - MINUTE, "polled_at": NOON}


def test_F50_publishing_an_older_poll_after_a_newer_one_takes_no_watermark_back(shop: Polled):
    shop.recorder.record("a", NOON - MINUTE)
    older = shop.stage()
    shop.recorder.record("b", NOON + MINUTE)
    shop.poll(NOON + 5 * MINUTE)
    assert shop.finish(older).duplicate == 1
    assert shop.watermark() == {"watermark_at": NOON + MINUTE, "polled_at": NOON + 5 * MINUTE}


def test_two_polls_at_once_count_nothing_twice(shop: Polled):
    for number in range(200):
        shop.recorder.record(str(number), NOON - number * timedelta(seconds=1))
    together = threading.Barrier(2)

    def one(seconds: int) -> Any:
        token = shop.stage(NOON + timedelta(seconds=seconds))
        together.wait(timeout=60)
        return shop.finish(token)

    with ThreadPoolExecutor(2) as pool:
        accounts = list(pool.map(one, (0, 1)))
    assert sorted((account.accepted, account.duplicate) for account in accounts) == [(0, 200), (200, 0)]
    assert shop.ids() == 200


def test_a_poll_that_is_cut_short_goes_on_where_it_ended_and_never_between_equal_marks(shop: Polled):
    shop.settings = Settings(
        sources={"shop": SourceSettings(format="pggit", polling=PollingSettings(connection="x", max_rows=2))}
    )
    for number in range(5):
        shop.recorder.record(str(number), NOON - 5 * MINUTE, marked_at=NOON - (3 - number // 3) * MINUTE)
    assert shop.poll().accepted == 3
    assert shop.watermark() == {"watermark_at": NOON - 3 * MINUTE, "polled_at": NOON}
    assert shop.poll(NOON + MINUTE).accepted == 2
    assert shop.ids() == 5


def test_a_source_that_brings_refused_rows_only_gets_further_all_the_same(shop: Polled):
    shop.settings = Settings(
        sources={"shop": SourceSettings(format="pggit", polling=PollingSettings(connection="x", max_rows=2))}
    )
    for number in range(4):
        shop.recorder.record(str(number), NOON - (9 - number) * MINUTE, duration_us="0")
    shop.recorder.record("good", NOON - MINUTE)
    refused = 0
    for minutes in range(8):
        try:
            shop.poll(NOON + minutes * MINUTE)
        except GateFailedError:
            refused += 1
    assert (refused, len(shop.quarantine()), shop.ids()) == (2, 4, 1)


def test_new_names_beyond_the_ceiling_wait_as_they_do_from_files(shop: Polled):
    shop.settings = shop.settings.model_copy(update={"ingest": IngestSettings(max_new_operations=1)})
    shop.recorder.record("a", NOON - 2 * MINUTE)
    shop.recorder.record("b", NOON - MINUTE, operation="write")
    assert shop.poll().reasons == {"cardinality_limit": 1}


def test_a_source_that_does_not_answer_is_named_and_changes_nothing(shop: Polled, monkeypatch: pytest.MonkeyPatch):
    def silent(poll: Poll) -> Iterator[Event]:
        raise InputError("It does not answer.", where=poll.place, remedy="wait")
        yield

    monkeypatch.setitem(registry.POLLED, "pggit", lambda: PolledSource(("rows",), silent))
    with pytest.raises(InputError) as caught:
        shop.poll()
    assert caught.value.where == "source shop, postgresql://ann@db.example:5433/shop rows"
    assert (shop.batches(), shop.watermark()) == ([], None)


def test_polled_sources_are_those_of_the_settings_and_those_declared_in_folders(shop: Polled):
    shop.declare('format = "airflow"\npolling.connection = "prod"\n', source="prod")
    shop.declare('format = "airflow"\npolling.enabled = false\n', source="off")
    shop.declare('format = "pgbench"\n', source="bench")
    assert list(polling.find_polled(shop.context())) == ["prod", "shop"]
    with pytest.raises(UsageError, match="no polled source 'bench'") as caught:
        polling.streams_of("bench", shop.context())
    assert "prod, shop" in caught.value.remedy


def test_a_polled_source_takes_no_files(shop: Polled):
    with pytest.raises(InputError, match="declared as pggit"):
        Ingestion.stage(shop, "operation,started_at,duration_us\n", source="shop")


def test_a_batch_of_a_file_moves_no_watermark(shop: Polled):
    shop.folder.joinpath("app").mkdir()
    Ingestion.finish(shop, Ingestion.stage(shop, "operation,started_at,duration_us\nread,2026-03-09T10:00:00Z,5\n"))
    assert shop.watermark() is None


def test_F52_a_poll_whose_staged_rows_are_gone_moves_no_watermark(shop: Polled):
    shop.recorder.record("a", NOON - MINUTE)
    token = shop.stage()
    for table in ("staged_rows", "staged_metrics", "staged_statistics"):
        shop.query(f"delete from oplatency.{table} where run_token = %(t)s returning 1", {"t": token})
    with pytest.raises(FencedError):
        gate.publish(shop.url, token, settings=shop.settings)
    assert shop.watermark() is None
