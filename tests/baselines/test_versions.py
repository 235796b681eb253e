"""Calls come out of the warehouse as they went in, sorted; versions with the time in which they are in force."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from calls import DAY, DEFAULTS, HOUR, MICROSECOND, TODAY, WEEK_AGO, baselines, constant, ordinary, put
from oplatency.baselines.versions import read_versions
from oplatency.errors import UsageError
from oplatency.settings import load_settings
from oplatency.warehouse.calls import read_calls, read_durations
from oplatency.warehouse.catalogue import find_operation, read_operations
from oplatency.windows import Window, to_datetime, to_us

LAST_WEEK = Window(WEEK_AGO, TODAY)


def only(found: dict):
    (value,) = found.values()
    return value


@pytest.mark.parametrize(
    "instant",
    [
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2199, 12, 31, 12, 0, 0, 1, tzinfo=UTC),
    ],
)
def test_F34_an_instant_survives_the_way_to_microseconds_and_back(instant):
    assert to_datetime(to_us(instant)) == instant
    assert to_us(instant + MICROSECOND) - to_us(instant) == 1


def test_every_call_comes_back_to_the_microsecond(connection):
    calls = [(at + n * MICROSECOND, us) for n, (at, us) in enumerate(ordinary(WEEK_AGO, TODAY, HOUR))]
    put(connection, "commit", calls)
    found = only(read_calls(connection, LAST_WEEK))
    assert list(zip(map(to_datetime, found.started_us), found.durations_us.tolist(), strict=True)) == calls
    assert {array.dtype for array in (found.started_us, found.durations_us, found.identity)} == {np.dtype(np.int64)}


def test_durations_alone_come_back_as_those_of_the_calls(connection):
    put(connection, "commit", [(WEEK_AGO, 2**62), *ordinary(WEEK_AGO, TODAY, HOUR), (WEEK_AGO, 3)])
    put(connection, "merge", ordinary(WEEK_AGO, TODAY + DAY, HOUR, seed=2)[::-1])
    put(connection, "merge", [(WEEK_AGO, 7)], error={"code": 1})
    put(connection, "internal", [(WEEK_AGO, 7)], is_tracked=False)
    expected, found = read_calls(connection, LAST_WEEK), read_durations(connection, LAST_WEEK)
    assert found.keys() == expected.keys()
    for key, calls in found.items():
        assert calls.started_us.tolist() == expected[key].started_us.tolist()
        assert calls.durations_us.tolist() == expected[key].durations_us.tolist()


def test_the_largest_duration_and_negative_identities_survive(connection):
    longest = 2**62
    put(connection, "commit", [(WEEK_AGO, longest), *constant(WEEK_AGO, TODAY, HOUR)])
    found = only(read_calls(connection, LAST_WEEK))
    assert found.durations_us.max() == longest
    stored = connection.execute("select identity_hash as i from oplatency.metrics").fetchall()
    assert sorted(found.identity.tolist()) == sorted(row["i"] for row in stored)
    assert found.identity.min() < 0 < found.identity.max()


def test_the_order_in_which_calls_arrived_does_not_show(warehouse, connection):
    calls = ordinary(WEEK_AGO, WEEK_AGO + DAY, HOUR) + [(WEEK_AGO, us) for us in (9, 3, 3, 7)]
    put(connection, "commit", calls)
    put(connection, "merge", calls[::-1])
    commit, merge = read_calls(connection, LAST_WEEK).values()
    for name in ("started_us", "durations_us", "identity"):
        assert getattr(commit, name).tolist() == getattr(merge, name).tolist()
    assert commit.durations_us[:5].tolist() == sorted([3, 3, 7, 9, calls[0][1]])


def test_F33_the_ends_of_a_window_are_half_open(connection):
    put(connection, "commit", [(WEEK_AGO - MICROSECOND, 1), (WEEK_AGO, 2), (TODAY - MICROSECOND, 3), (TODAY, 4)])
    found = only(read_calls(connection, LAST_WEEK))
    assert found.durations_us.tolist() == [2, 3]
    middle = found.between(to_us(WEEK_AGO), to_us(TODAY - MICROSECOND))
    assert middle.durations_us.tolist() == [2]


def test_errors_and_untracked_operations_are_left_out(connection):
    put(connection, "commit", [(WEEK_AGO, 1)])
    put(connection, "commit", [(WEEK_AGO, 2)], error={"code": 1})
    put(connection, "internal", [(WEEK_AGO, 3)], is_tracked=False)
    assert only(read_calls(connection, LAST_WEEK)).durations_us.tolist() == [1]


def test_an_operation_is_found_by_its_exact_name(connection):
    put(connection, "commit", [])
    operations = read_operations(connection)
    assert operations[find_operation(operations, "commit")].name == "commit"
    assert find_operation(operations, None) is find_operation(operations, "") is None
    for name in ("Commit", "commit ", "%"):
        with pytest.raises(UsageError, match="There is no operation"):
            find_operation(operations, name)


def test_versions_follow_one_another_without_gap_or_overlap(warehouse, connection):
    put(connection, "commit", constant(WEEK_AGO, TODAY + 3 * DAY, HOUR))
    for day in (TODAY + 2 * DAY, TODAY):
        baselines(warehouse.url(), day)
    window = Window(TODAY + HOUR, TODAY + 3 * DAY)
    first, second = only(read_versions(connection, window))
    assert (first.start_us, first.end_us) == (to_us(TODAY), to_us(TODAY + 2 * DAY))
    assert (second.start_us, second.end_us) == (to_us(TODAY + 2 * DAY), to_us(window.end))


def test_a_version_is_not_known_before_its_as_of_nor_after_the_next_ones(warehouse, connection):
    put(connection, "commit", constant(WEEK_AGO, TODAY + DAY, HOUR))
    for day in (TODAY, TODAY + DAY):
        baselines(warehouse.url(), day)
    assert read_versions(connection, Window(TODAY - DAY, TODAY)) == {}
    on_the_day = only(read_versions(connection, Window(TODAY, TODAY + DAY)))
    assert [version.start_us for version in on_the_day] == [to_us(TODAY)]
    afterwards = only(read_versions(connection, Window(TODAY + DAY, TODAY + DAY + HOUR)))
    assert [version.start_us for version in afterwards] == [to_us(TODAY + DAY)]


def test_the_newest_revision_and_the_settings_used_last_are_in_force(warehouse, connection):
    put(connection, "commit", constant(WEEK_AGO - DAY, TODAY, HOUR))
    baselines(warehouse.url())
    put(connection, "commit", [(WEEK_AGO, 9000)])
    baselines(warehouse.url())
    window = Window(TODAY, TODAY + HOUR)
    (version,) = only(read_versions(connection, window))
    assert version.profile.n_calls == 7 * 24 + 1
    baselines(warehouse.url(), settings=load_settings(baseline={"lookback_days": 8}))
    (version,) = only(read_versions(connection, window))
    assert version.profile.n_calls == 8 * 24 + 1
    # who asks for a configuration gets its own, whichever was used last
    (version,) = only(read_versions(connection, window, config_hash=DEFAULTS.config_hash()))
    assert version.profile.n_calls == 7 * 24 + 1
    # going back to earlier settings brings their baselines back, without anything new to publish
    assert baselines(warehouse.url(), settings=DEFAULTS)["published"] == 0
    (version,) = only(read_versions(connection, window))
    assert version.profile.n_calls == 7 * 24 + 1
    assert connection.execute("select count(*) as n from oplatency.configuration_uses").fetchone()["n"] == 3
