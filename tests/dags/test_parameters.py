"""The window of a run: from the form, else from its data interval, else from the time it was to run after."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import timezone
from airflow.sdk.exceptions import ParamValidationError

from oplatency.airflow import parameters
from oplatency.errors import UsageError
from oplatency.windows import DAY, HOUR, Window


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def context(start: str | None = None, end: str | None = None, *, after: str = "2026-03-02T14:37:12Z", **form: Any):
    """Return what a task is given; a run without a data interval has no such keys at all.

    Airflow's instants are of a class of their own, whose differences are not plain ones.
    """
    given: dict[str, Any] = {"params": form, "dag_run": SimpleNamespace(run_after=timezone.parse(after))}
    if start and end:
        given |= {"data_interval_start": timezone.parse(start), "data_interval_end": timezone.parse(end)}
    return given


NIGHT = ("2026-03-01T02:00:00Z", "2026-03-02T02:00:00Z")
HOURS = ("2026-03-02T11:10:00Z", "2026-03-02T12:10:00Z")


def test_a_nightly_run_is_about_the_day_its_interval_ends_in():
    assert parameters.as_of(context(*NIGHT), DAY) == at("2026-03-02T00:00:00Z")


@pytest.mark.parametrize("hour", [0, 2, 9, 23])
def test_the_hour_of_the_schedule_does_not_shift_the_day(hour: int):
    end = at("2026-03-02T00:00:00Z") + timedelta(hours=hour)
    given = context((end - timedelta(days=1)).isoformat(), end.isoformat())
    assert parameters.as_of(given, DAY) == at("2026-03-02T00:00:00Z")


def test_an_hourly_run_judges_the_whole_hours_of_its_interval():
    found = parameters.window(context(*HOURS), HOUR)
    assert found == Window(at("2026-03-02T11:00:00Z"), at("2026-03-02T12:00:00Z"))


def test_a_half_daily_run_looks_back_from_the_hour_its_interval_ends_in():
    given = context("2026-03-02T00:15:00Z", "2026-03-02T12:15:00Z")
    assert parameters.as_of(given, HOUR) == at("2026-03-02T12:00:00Z")


def test_neighbouring_runs_leave_no_hour_out_and_judge_none_twice():
    first = at(HOURS[0])
    windows = [
        parameters.window(
            context((first + timedelta(hours=n)).isoformat(), (first + timedelta(hours=n + 1)).isoformat()), HOUR
        )
        for n in range(48)
    ]
    assert all(before.end == after.start for before, after in itertools.pairwise(windows))


@pytest.mark.parametrize("window", [parameters.as_of, parameters.window])
def test_F63_a_run_with_an_empty_interval_fails(window):
    with pytest.raises(UsageError, match="empty_interval") as caught:
        window(context("2026-03-02T02:00:00Z", "2026-03-02T02:00:00Z"), HOUR)
    assert "timetable" in caught.value.remedy


def test_F63_an_interval_within_one_hour_holds_no_whole_hour_to_judge():
    with pytest.raises(UsageError, match="empty_interval"):
        parameters.window(context("2026-03-02T11:10:00Z", "2026-03-02T11:50:00Z"), HOUR)


def test_F64_a_run_without_an_interval_uses_the_time_it_was_to_run_after():
    given = context()
    assert parameters.as_of(given, DAY) == at("2026-03-02T00:00:00Z")
    assert parameters.as_of(given, HOUR) == at("2026-03-02T14:00:00Z")
    assert parameters.window(given, HOUR) == Window(at("2026-03-02T13:00:00Z"), at("2026-03-02T14:00:00Z"))
    assert parameters.until(given) is None


def test_F64_null_in_place_of_an_interval_is_no_interval():
    given = context() | {"data_interval_start": None, "data_interval_end": None, "logical_date": None}
    assert parameters.as_of(given, DAY) == at("2026-03-02T00:00:00Z")


def test_what_a_job_is_given_is_a_plain_instant():
    for found in (
        parameters.as_of(context(*NIGHT), DAY),
        parameters.as_of(context(*HOURS), HOUR),
        parameters.window(context(*HOURS), HOUR).end,
        parameters.as_of(context(), DAY),
    ):
        assert type(found) is datetime
        assert found.utcoffset() == timedelta(0)


def test_the_form_wins_over_the_interval():
    given = context(*HOURS, window_start="2026-02-01T00:00:00Z", window_end="2026-02-02T00:00:00Z")
    assert parameters.window(given, HOUR) == Window(at("2026-02-01T00:00:00Z"), at("2026-02-02T00:00:00Z"))
    assert parameters.as_of(context(*NIGHT, as_of="2026-01-08T00:00:00Z"), DAY) == at("2026-01-08T00:00:00Z")


def test_the_form_wins_over_an_empty_interval_too():
    given = context(NIGHT[1], NIGHT[1], as_of="2026-01-08T00:00:00Z")
    assert parameters.as_of(given, DAY) == at("2026-01-08T00:00:00Z")


def test_an_instant_with_another_offset_is_the_same_instant():
    given = context(*NIGHT, as_of="2026-01-08T01:00:00+01:00")
    assert parameters.as_of(given, DAY).astimezone(UTC) == at("2026-01-08T00:00:00Z")


@pytest.mark.parametrize("junk", ["yesterday", "2026-13-01T00:00:00Z", "2026-01-08T25:00:00Z", "NaN", "'; --", " "])
def test_an_instant_that_is_none_is_refused_with_its_name(junk: str):
    with pytest.raises(UsageError, match="as_of") as caught:
        parameters.as_of(context(*NIGHT, as_of=junk), DAY)
    assert caught.value.where == "as_of"


@pytest.mark.parametrize("naive", ["2026-01-08", "2026-01-08T00:00:00", "20260108T000000"])
def test_an_instant_without_an_offset_is_refused(naive: str):
    with pytest.raises(UsageError, match="no offset from UTC"):
        parameters.as_of(context(*NIGHT, as_of=naive), DAY)


@pytest.mark.parametrize("value", [["2026-01-08T00:00:00Z"], 20260108, 1.5, True, {"as_of": 1}, float("nan")])
def test_what_is_no_text_is_refused_where_text_is_expected(value: Any):
    with pytest.raises(UsageError, match=f"{type(value).__name__}, not text"):
        parameters.as_of(context(*NIGHT, as_of=value), DAY)
    with pytest.raises(UsageError, match="operation"):
        parameters.text(context(operation=value), "operation")


@pytest.mark.parametrize("given", [{"window_start": NIGHT[0]}, {"window_end": NIGHT[1]}])
def test_one_end_of_a_window_is_not_enough(given: dict[str, str]):
    with pytest.raises(UsageError, match="one end"):
        parameters.window(context(*HOURS, **given), HOUR)


@pytest.mark.parametrize("end", ["2026-03-01T00:00:00Z", "2026-02-28T00:00:00Z"])
def test_a_window_that_ends_before_it_has_begun_is_refused(end: str):
    with pytest.raises(UsageError, match="empty"):
        parameters.window(context(*HOURS, window_start="2026-03-01T00:00:00Z", window_end=end), HOUR)


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_field_is_as_good_as_none(empty: str | None):
    assert parameters.text(context(operation=empty), "operation") is None
    assert parameters.as_of(context(*NIGHT, as_of=empty), DAY) == at("2026-03-02T00:00:00Z")


def test_the_form_refuses_a_count_out_of_bounds():
    field = parameters.count_param("Days", "How many.", 1, 90)
    field.value = 90
    assert field.resolve() == 90
    for wrong in (0, 91, 1.5, "7"):
        with pytest.raises(ParamValidationError):
            field.resolve(value=wrong)
