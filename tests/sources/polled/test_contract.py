"""What the contract of polled sources promises to somebody who writes one."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ingestion import Ingestion
from oplatency.errors import InputError, UsageError
from oplatency.ingest import polling
from oplatency.settings import PollingSettings, Settings, SourceSettings
from oplatency.sources import registry
from oplatency.sources.contract import RAW_LIMIT
from oplatency.sources.polled.contract import (
    Event,
    Poll,
    PolledSource,
    collect,
    environment_address,
    place_of,
    raw_hash,
    staged,
)

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DECLARED = SourceSettings(format="builds", polling=PollingSettings(connection="builds"))


@pytest.fixture
def builds() -> Iterator[SimpleNamespace]:
    """Return a build server that lists its finished builds."""
    told = SimpleNamespace(builds=[], url="")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(told.builds).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield told
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def example(project: Path) -> str:
    """Return the source that the page shows."""
    (code,) = re.findall(
        r"```python\n(.*?)```", (project / "docs" / "sources.md").read_text(encoding="utf-8"), re.DOTALL
    )
    return str(code)


def test_the_source_of_the_page_works_and_is_as_short_as_it_says(
    example: str, builds: SimpleNamespace, warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    assert len(example.splitlines()) < 60
    module: dict[str, Any] = {}
    exec(compile(example, "docs/sources.md", "exec"), module)
    monkeypatch.setitem(registry.POLLED, "builds", lambda: module["SOURCE"])
    for number in (2, 1):
        begun = NOON - timedelta(minutes=10 * number)
        builds.builds.append(
            {
                "number": number,
                "project": "shop",
                "branch": "main",
                "passed": number == 1,
                "started": begun.isoformat(),
                "finished": (begun + timedelta(seconds=90)).isoformat(),
            }
        )
    ingestion = Ingestion(warehouse.url(), tmp_path)

    def poll(at: datetime) -> list[Any]:
        return polling.poll_source(
            ingestion.url,
            "ci",
            polling.PollContext(tmp_path, at, Settings(sources={"ci": DECLARED}), lambda name: builds.url),
        )

    (account,) = poll(NOON)
    assert account.accepted == 2
    poll(NOON + timedelta(minutes=5))
    facts = ingestion.facts()
    assert [(fact["operation"], fact["branch"], fact["duration_us"]) for fact in facts] == [
        ("build.shop", "main", 90_000_000)
    ] * 2
    assert [fact["error"] for fact in facts] == [{"state": "failed"}, None]


def test_the_source_of_the_page_says_where_when_nothing_answers(example: str):
    module: dict[str, Any] = {}
    exec(compile(example, "docs/sources.md", "exec"), module)
    poll = Poll("ci", "builds", "http://ann:hidden@127.0.0.1:1", DECLARED, NOON, NOON)
    with pytest.raises(InputError, match="does not answer") as caught:
        list(module["read"](poll))
    assert caught.value.where == "http://127.0.0.1:1 builds"


def collected(events: list[Event], *, known: tuple[int, ...] = (), polled_at: datetime = NOON) -> Any:
    poll = Poll("s", "t", "postgresql://h/d", DECLARED, NOON - timedelta(days=1), polled_at)
    with collect(PolledSource(("t",), lambda _: iter(events)), poll, known=known) as found:
        return found, list(found.rows())


def test_rows_are_numbered_and_keep_their_text():
    event = Event(NOON, {"event_id": "e\n1", "operation": "läuft\t\\", "branch": None, "user_name": ""})
    found, rows = collected([event, event])
    assert [row.line_no for row in rows] == [1, 2]
    assert rows[0].values == {"event_id": "e\n1", "operation": "läuft\t\\"}
    assert json.loads(rows[0].raw) == rows[0].values
    assert (found.n_rows, found.watermark_at) == (2, NOON)


def test_the_same_rows_have_the_same_hash_whatever_else_is_known():
    one, two = Event(NOON, {"event_id": "1"}), Event(NOON, {"event_id": "2"})
    assert (
        collected([one])[0].content_hash
        == collected([one, two], known=(raw_hash('{"event_id": "2"}'),))[0].content_hash
    )
    assert collected([one])[0].content_hash != collected([two])[0].content_hash


def test_F06_the_watermark_is_the_newest_mark_that_is_not_after_the_poll():
    events = [Event(NOON + timedelta(minutes=minutes), {"event_id": str(minutes)}) for minutes in (-2, -1, 1)]
    assert collected(events)[0].watermark_at == NOON - timedelta(minutes=1)
    assert collected(events[2:])[0].watermark_at is None


def test_a_long_row_is_kept_up_to_the_limit_with_its_identity_first():
    row = staged(1, {"metadata": "x" * 2 * RAW_LIMIT, "event_id": "e-1"})
    assert row.raw.startswith('{"event_id": "e-1"')
    assert len(row.raw) == RAW_LIMIT


@pytest.mark.parametrize("text", ["a\x00b", "half \ud800"])
def test_F13_what_cannot_be_stored_is_refused(text: str):
    row = staged(1, {"event_id": "e-1", "operation": text})
    assert row.problem == "encoding"
    assert raw_hash(row.raw)


def test_the_hash_is_that_of_the_database(connection):
    for text in ("", "läuft", '{"event_id": "x"}'):
        told = connection.execute("select oplatency.hash64(%s) as h", [text]).fetchone()["h"]
        assert raw_hash(text) == told


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("https://ann:secret@air.example/prod/", "https://air.example/prod"),
        ("http://ann:se@cret@h:8080", "http://h:8080"),
        ("postgresql://ann:secret@h:5433/db", "postgresql://ann@h:5433/db"),
    ],
)
def test_F128_a_place_holds_no_password(address: str, place: str):
    assert place_of(address) == place


def test_a_connection_is_an_environment_variable_on_the_command_line(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AIRFLOW_CONN_SHOP_DB", "postgresql://of-airflow/x")
    assert environment_address("shop_db") == "postgresql://of-airflow/x"
    monkeypatch.setenv("shop_db", "postgresql://own/x")
    assert environment_address("shop_db") == "postgresql://own/x"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [("gone", None, "not known"), ("", None, "not known"), ("shop", '{"conn_type": "postgres"}', "no URL")],
)
def test_a_connection_that_is_none_is_an_error_that_shows_no_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str | None, told: str
):
    if value:
        monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=told) as caught:
        environment_address(name)
    assert "conn_type" not in str(caught.value)
