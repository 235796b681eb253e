"""The warehouse in pandas: the same types with rows and without, half-open windows, and the rights of a reader."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

import pandas as pd
import pytest
from psycopg import sql

from calls import (
    DAY,
    HOUR,
    MICROSECOND,
    MINUTE,
    TODAY,
    WEEK_AGO,
    baselines,
    constant,
    correlated,
    detected,
    ordinary,
    put,
    slowed,
)
from oplatency import analysis
from oplatency.errors import SchemaError, UnreachableError, UsageError
from oplatency.warehouse.database import connect

TOMORROW = TODAY + DAY
FUNCTIONS = ("calls", "baselines", "anomalies", "degradations", "correlations", "verdicts")
NAMES = {
    "operation", "operation_a", "operation_b", "branch", "user_name", "kind", "rule", "severity", "outcome", "gate",
    "strength", "bottleneck", "bottleneck_id", "shape", "alerted_by", "config_hash",
}  # fmt: skip


@pytest.fixture
def url(warehouse):
    return warehouse.url("oplatency_reader")


def fill(warehouse, connection):
    """Store a week of two operations that slow together, judged; `rare` has few calls, one of them failed."""
    for seed, operation in enumerate(("commit", "merge")):
        calls = ordinary(WEEK_AGO, TOMORROW, MINUTE, seed=seed + 1)
        for hour in range(0, 24, 3):
            calls = slowed(calls, TODAY + hour * HOUR, TODAY + hour * HOUR + 20 * MINUTE, 4)
        put(connection, operation, calls)
    put(connection, "rare", constant(TODAY, TODAY + 2 * HOUR, HOUR, 3000))
    put(connection, "rare", constant(TODAY + HOUR / 2, TODAY + HOUR, HOUR, 500), error={"code": "E1"}, user="grace")
    baselines(warehouse.url())
    detected(warehouse.url(), TODAY, TOMORROW)
    correlated(warehouse.url(), TOMORROW)


def test_a_frame_has_the_same_types_with_rows_and_without(warehouse, connection, url):
    listed = analysis.views("v_operations", connection_url=url)  # an unfiltered view, empty too
    empty = {name: getattr(analysis, name)(connection_url=url) for name in FUNCTIONS} | {"views": listed}
    assert {name: len(frame) for name, frame in empty.items()} == dict.fromkeys(empty, 0)
    fill(warehouse, connection)
    full = {name: getattr(analysis, name)(connection_url=url) for name in FUNCTIONS}
    full["views"] = analysis.views("v_operations", connection_url=url)
    assert [name for name, frame in full.items() if frame.empty] == []
    for name, frame in full.items():
        assert kinds(frame) == kinds(empty[name])


def kinds(frame):
    """Return the types of the columns; which categories there are is no part of them."""
    return {
        name: "category" if isinstance(kind, pd.CategoricalDtype) else str(kind) for name, kind in frame.dtypes.items()
    }


def test_the_type_of_a_column_follows_from_what_it_holds(warehouse, connection, url):
    fill(warehouse, connection)
    for name in FUNCTIONS:
        for column, kind in kinds(getattr(analysis, name)(connection_url=url)).items():
            if column.endswith(("_at", "_start", "_end", "as_of")):
                assert (column, kind) == (column, "datetime64[us, UTC]")
            elif column.endswith("_ms") or column in {"z", "effect", "p", "gate_value"}:
                assert (column, kind) == (column, "float64")
            elif column in NAMES:
                assert (column, kind) == (column, "category")
            elif column in {"calls", "revision", "calls_before", "joint_bins", "rows_affected"}:
                assert (column, kind) == (column, "Int64")
            elif column in {"alerting", "passed", "failed", "combined", "p99_estimable"}:
                assert (column, kind) == (column, "boolean")
            elif column in {"finding_id", "session"}:
                assert (column, kind) == (column, "str")


def test_columns_are_those_of_the_views_in_their_order(connection, url):
    of_views = {
        "calls": "v_calls", "baselines": "v_baseline_versions", "anomalies": "v_anomalies",
        "degradations": "v_degradations", "correlations": "v_correlations", "verdicts": "v_verdicts",
    }  # fmt: skip
    for name, view in of_views.items():
        found = connection.execute(
            sql.SQL("select * from {} where false").format(sql.Identifier("oplatency", view))
        ).description
        assert list(getattr(analysis, name)(connection_url=url).columns) == [column.name for column in found]
        assert list(analysis.views(view, connection_url=url).columns) == [column.name for column in found]


def test_calls_hold_what_is_stored(connection, url):
    put(connection, "commit", [(TODAY + MICROSECOND, 1500)], branch="main", user="ada")
    put(connection, "abort", [(TODAY, 7)], error={"code": "E1"})
    connection.execute("update oplatency.metrics set rows_affected = 2, session = 's1' where error is null")
    found = analysis.calls(connection_url=url)
    assert list(found["operation"]) == ["abort", "commit"]
    assert list(found["started_at"]) == [TODAY, TODAY + MICROSECOND]
    assert list(found["duration_ms"]) == [0.007, 1.5]
    assert list(found["failed"]) == [True, False]
    assert list(found["user_name"]) == ["ada", "ada"]
    assert list(found["rows_affected"].isna()) == [True, False]
    assert found["rows_affected"].sum() == 2
    assert list(found["session"].fillna("")) == ["", "s1"]
    assert found["cpu_ms"].isna().all()


def test_categories_stand_in_the_order_of_the_alphabet_and_hold_only_what_occurs(connection, url):
    for number, operation in enumerate(("zeta", "alpha", "mid")):
        put(connection, operation, [(TODAY + number * HOUR, 1000)])
    found = analysis.calls(connection_url=url)
    assert list(found["operation"]) == ["zeta", "alpha", "mid"]
    assert list(found["operation"].cat.categories) == ["alpha", "mid", "zeta"]
    assert list(analysis.calls(operation="mid", connection_url=url)["operation"].cat.categories) == ["mid"]


def test_more_rows_than_one_block_come_whole_and_in_order(connection, url):
    put(connection, "commit", constant(WEEK_AGO, WEEK_AGO + 25_000 * MICROSECOND, MICROSECOND, 1))
    put(connection, "merge", constant(WEEK_AGO + DAY, WEEK_AGO + DAY + MICROSECOND, MICROSECOND, 1))
    found = analysis.calls(connection_url=url)
    assert len(found) == 25_001
    assert found["started_at"].is_monotonic_increasing
    assert found["operation"].value_counts().to_dict() == {"commit": 25_000, "merge": 1}


def test_calls_belong_to_a_half_open_window_to_the_microsecond(connection, url):
    put(connection, "commit", [(TODAY - MICROSECOND, 1), (TODAY, 2), (TOMORROW - MICROSECOND, 3), (TOMORROW, 4)])
    assert list(analysis.calls(start=TODAY, end=TOMORROW, connection_url=url)["duration_ms"]) == [0.002, 0.003]
    assert list(analysis.calls(start=TOMORROW, connection_url=url)["duration_ms"]) == [0.004]
    assert list(analysis.calls(end=TODAY, connection_url=url)["duration_ms"]) == [0.001]


def test_an_instant_may_be_a_text_or_a_datetime_of_any_offset(connection, url):
    put(connection, "commit", [(TODAY - MICROSECOND, 1), (TODAY, 2)])
    for start in (
        "2026-03-10T00:00Z",
        "2026-03-10T02:00:00+02:00",
        TODAY.astimezone(timezone(timedelta(hours=-5))),
        pd.Timestamp(TODAY),
        pd.Timestamp("2026-03-10T05:30", tz="Asia/Kolkata"),
    ):
        assert list(analysis.calls(start=start, connection_url=url)["duration_ms"]) == [0.002]


def test_baselines_belong_to_the_window_of_their_as_of(warehouse, connection, url):
    put(connection, "commit", ordinary(WEEK_AGO - DAY, TOMORROW, 10 * MINUTE))
    for as_of in (TODAY, TOMORROW):
        baselines(warehouse.url(), as_of)
    assert list(analysis.baselines(start=TODAY, end=TOMORROW, connection_url=url)["as_of"].unique()) == [TODAY]
    assert list(analysis.baselines(start=TOMORROW, connection_url=url)["as_of"].unique()) == [TOMORROW]
    (excluded,) = analysis.baselines(start=TODAY, end=TOMORROW, connection_url=url)["excluded"].iloc[:1]
    assert isinstance(excluded, list)


@pytest.mark.parametrize("name", ["anomalies", "degradations", "verdicts", "correlations"])
def test_adjoining_windows_share_no_finding_and_lose_none(warehouse, connection, url, name):
    fill(warehouse, connection)
    read = getattr(analysis, name)
    edges = [TODAY, TODAY + HOUR, TODAY + 7 * HOUR, TOMORROW]
    parts = [read(start=first, end=last, connection_url=url) for first, last in itertools.pairwise(edges)]
    whole = read(connection_url=url)
    ids = [identifier for part in parts for identifier in part["finding_id"]]
    assert sorted(ids) == sorted(whole["finding_id"])
    assert len(set(ids)) == len(ids) > 0
    ended = "as_of" if name == "correlations" else "window_end"
    for part, (first, last) in zip(parts, itertools.pairwise(edges), strict=True):
        assert ((part[ended] > first) & (part[ended] <= last)).all()
    assert read(start=TOMORROW, connection_url=url).empty
    assert read(end=TODAY, connection_url=url).empty


@pytest.mark.parametrize("name", FUNCTIONS)
def test_operations_are_one_name_or_several(warehouse, connection, url, name):
    fill(warehouse, connection)
    read = getattr(analysis, name)
    column = "operation_a" if name == "correlations" else "operation"
    for operation in ("commit", "merge"):
        # of a pair it may be either side
        found = {"commit"} if name == "correlations" else {operation}
        assert set(read(operation=operation, connection_url=url)[column]) == found
        assert set(read(operation=[operation, "nothing"], connection_url=url)[column]) == found
    both = read(operation=pd.Series(["commit", "merge"]), connection_url=url)
    assert {"commit"} <= set(both[column]) <= {"commit", "merge"}
    assert read(operation="nothing", connection_url=url).empty
    assert read(operation=[], connection_url=url).empty
    assert read(operation="' or true --", connection_url=url).empty


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"start": datetime(2026, 3, 10)}, "has no offset from UTC"),  # noqa: DTZ001
        ({"start": "2026-03-10T00:00"}, "has no offset from UTC"),
        ({"end": "2026-03-10"}, "has no offset from UTC"),
        ({"end": pd.NaT}, "has no offset from UTC"),
        ({"end": "yesterday"}, "is not a valid timestamp"),
        ({"start": 1773100800}, "is not a timestamp"),
        ({"start": TODAY, "end": TODAY}, "start is not before end"),
        ({"start": TOMORROW, "end": TODAY}, "start is not before end"),
        ({"operation": 7}, "is not the name of an operation"),
        ({"operation": ["commit", None]}, "is not the name of an operation"),
    ],
    ids=str,
)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_filter_that_cannot_be_used_is_wrong_usage(name, filters, message):
    with pytest.raises(UsageError, match=message) as caught:
        getattr(analysis, name)(**filters, connection_url="postgresql://nowhere.invalid/x")
    assert caught.value.where
    assert caught.value.remedy


@pytest.mark.parametrize("name", ["v_nothing", "metrics", "active_baselines", "v_calls; drop table x", ""])
def test_an_unknown_view_is_wrong_usage_that_names_the_known_ones(url, name):
    with pytest.raises(UsageError, match="There is no view") as caught:
        analysis.views(name, connection_url=url)
    assert "v_operation_performance_summary" in caught.value.remedy


def test_every_view_can_be_read_as_a_frame(warehouse, connection, url):
    fill(warehouse, connection)
    with pytest.raises(UsageError) as caught:
        analysis.views("?", connection_url=url)
    for name in caught.value.remedy.split(", "):
        assert len(analysis.views(name, connection_url=url).columns) > 1
    summary = analysis.views("v_operation_performance_summary", connection_url=url).set_index("operation_type")
    assert summary.loc["rare", "execution_count"] == 3
    assert summary.loc["rare", "p50_ms"] == 3.0


def test_lists_and_json_are_values(warehouse, connection, url):
    fill(warehouse, connection)
    shifts = analysis.degradations(connection_url=url)["quantile_shifts"].dropna()
    groups = analysis.views("v_correlation_groups", connection_url=url)
    assert {len(shift) for shift in shifts} <= {5}
    assert list(groups["members"].iloc[0]) == ["commit", "merge"]


def test_an_identifier_is_unique_and_survives_a_rebuild(warehouse, connection, url):
    fill(warehouse, connection)
    named = ("baselines", "anomalies", "degradations", "correlations", "verdicts")
    before = {name: list(getattr(analysis, name)(connection_url=url)["finding_id"]) for name in named}
    for identifiers in before.values():
        assert len(set(identifiers)) == len(identifiers) > 0
    with connect(warehouse.url("postgres"), purpose="tests") as admin:
        admin.execute(
            "truncate oplatency.baselines, oplatency.anomalies, oplatency.degradations, oplatency.violations,"
            " oplatency.correlations, oplatency.correlation_groups, oplatency.verdicts cascade"
        )
    baselines(warehouse.url())
    detected(warehouse.url(), TODAY, TOMORROW)
    correlated(warehouse.url(), TOMORROW)
    assert {name: list(getattr(analysis, name)(connection_url=url)["finding_id"]) for name in named} == before


def test_a_finding_of_days_has_one_identifier_in_both_views(warehouse, connection, url):
    fill(warehouse, connection)
    put(connection, "drop", slowed(ordinary(WEEK_AGO, TOMORROW, 10 * MINUTE, seed=9), TODAY, TOMORROW, 2))
    detected(warehouse.url(), TODAY, TOMORROW)
    days = analysis.degradations(connection_url=url)
    listed = analysis.anomalies(connection_url=url)
    both = days.merge(listed, on="finding_id", suffixes=("", "_listed"))
    assert len(both) == len(days) > 0
    assert (both["kind"].astype(str) == both["kind_listed"].astype(str)).all()
    assert (both["window_start"] == both["window_start_listed"]).all()


def test_without_a_url_the_environment_names_the_warehouse(connection, url, monkeypatch):
    put(connection, "commit", [(TODAY, 1000)])
    monkeypatch.setenv("OPLATENCY_DATABASE_URL", url)
    assert len(analysis.calls()) == 1


def test_without_a_url_and_a_name_it_is_the_embedded_server_with_the_role_that_reads(connection, url, monkeypatch):
    put(connection, "commit", [(TODAY, 1000)])
    asked = []

    @contextmanager
    def embedded(role):
        asked.append(role)
        yield url

    monkeypatch.delenv("OPLATENCY_DATABASE_URL", raising=False)
    monkeypatch.setattr("oplatency.local.warehouse.warehouse", embedded)
    assert len(analysis.calls()) == 1
    assert asked == ["oplatency_reader"]


def test_a_server_that_cannot_be_reached_is_said_without_its_password():
    with pytest.raises(UnreachableError) as caught:
        analysis.calls(connection_url="postgresql://reader:s3cret-pass@127.0.0.1:1/x")
    assert "s3cret-pass" not in str(caught.value)


def test_a_warehouse_of_older_code_is_said_to_be_one(warehouse, owner):
    owner.execute("drop view oplatency.v_calls")
    with pytest.raises(SchemaError, match="older than this code") as caught:
        analysis.calls(connection_url=warehouse.url("oplatency_reader"))
    assert caught.value.remedy == "run: oplatency migrate"


def test_the_other_commands_do_not_import_pandas():
    code = "import sys, oplatency.cli; sys.exit('pandas' in sys.modules or 'pyarrow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_snippets_of_the_page_run_one_after_the_other_and_find_something(
    warehouse, connection, url, project, monkeypatch
):
    fill(warehouse, connection)
    monkeypatch.setenv("OPLATENCY_DATABASE_URL", url)
    page = (project / "docs" / "analysis.md").read_text(encoding="utf-8")
    snippets = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    assert len(snippets) == 6
    names: dict = {}
    for snippet in snippets:
        known = set(names)
        exec(compile(snippet, "docs/analysis.md", "exec"), names)
        frames = {name for name in set(names) - known if isinstance(names[name], pd.DataFrame | pd.Series)}
        assert frames
        assert [name for name in frames if names[name].empty] == []
    assert names["beside"]["p50_ms"].notna().any()
    for function in analysis.__all__:
        assert f"`{function}(" in page
