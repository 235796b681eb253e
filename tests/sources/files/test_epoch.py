"""Times as numbers: the unit is told by magnitude, once per file, and no digit is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import read_csv as read_file

from oplatency.errors import InputError
from oplatency.settings import SourceSettings
from oplatency.sources.files.epoch import EpochTimes, iso_instant, micros, unit_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}

plausible_us = st.integers(946_684_800 * 10**6, 7_258_118_400 * 10**6 - 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1773050400", "2026-03-09T10:00:00+00:00"),
        ("1773050400.25", "2026-03-09T10:00:00.250000+00:00"),
        ("1773050400123", "2026-03-09T10:00:00.123000+00:00"),
        ("1773050400123.5", "2026-03-09T10:00:00.123500+00:00"),
        ("1773050400123456", "2026-03-09T10:00:00.123456+00:00"),
        ("1773050400123456789", "2026-03-09T10:00:00.123457+00:00"),
        ("1773050400123456499", "2026-03-09T10:00:00.123456+00:00"),
        ("1.7730504E9", "2026-03-09T10:00:00+00:00"),
        ("1.773050400123456e+15", "2026-03-09T10:00:00.123456+00:00"),
        (" 1773050400 ", "2026-03-09T10:00:00+00:00"),
        ("946684800", "2000-01-01T00:00:00+00:00"),
        ("7258118399", "2199-12-31T23:59:59+00:00"),
    ],
)
def test_F10_a_number_is_the_instant_it_can_be_in_one_unit_only(text: str, expected: str):
    assert EpochTimes().instant(1, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "0", "1970", "2026", "20260309", "946684799", "7258118400", "1e20", "1e99", "1e999999999", "-1773050400",
        "+1773050400", "NaN", "Infinity", "1_773_050_400", "0x69AE9B20", "1773050400Z", "1773050400 ms", "1773050400,5",
        "\u0661\u0667\u0667\u0663\u0660\u0665\u0660\u0664\u0660\u0660", "9" * 100_000, "1e9e9", ".", "e9",
        "20260309T100000Z", "2026-03-09T10:00:00Z", "2026-03-09",
    ],
)  # fmt: skip
def test_F10_what_is_no_plausible_number_stays_as_it_is_for_the_gate_to_refuse(text: str):
    assert EpochTimes().instant(1, text) == text


@given(plausible_us, st.sampled_from(["s", "ms", "us", "ns"]))
def test_F10_every_microsecond_of_two_centuries_is_read_back_in_every_unit(instant_us: int, unit: str):
    number = Decimal(instant_us) * PER_SECOND[unit] / 10**6

    assert unit_of(number) == unit
    assert datetime.fromisoformat(EpochTimes().instant(1, f"{number:f}")) == EPOCH + timedelta(microseconds=instant_us)


@given(st.integers(0, 10**19))
def test_nanoseconds_are_rounded_to_the_nearest_microsecond_and_halves_to_the_even_one(nanos: int):
    assert micros(nanos) == round(Decimal(nanos) / 1000)


def test_an_instant_has_an_offset():
    assert iso_instant(1) == "1970-01-01T00:00:00.000001+00:00"


def test_F10_two_units_in_one_file_are_an_error_that_names_the_first_two_lines_that_differ():
    times = EpochTimes()
    times.instant(2, "1773050400")
    times.instant(3, "2026-03-09T10:00:00Z")
    times.instant(4, "1970")
    times.instant(5, "1773050401.5")

    with pytest.raises(InputError) as caught:
        times.instant(6, "1773050400000")

    assert caught.value.message == "The times are of two units: 1773050400 is in s, 1773050400000 in ms."
    assert caught.value.where == "lines 2 and 6"


def read_csv(*rows: str) -> list[tuple[str, str]]:
    text = "\n".join(["operation,started_at,ended_at", *rows])
    found = read_file(text.encode(), SourceSettings())
    return [(row.values["started_at"], row.values["ended_at"]) for row in found]


def test_F10_start_and_end_of_a_csv_file_may_be_numbers():
    rows = read_csv("commit,1773050400000,1773050400005", "commit,2026-03-09T10:00:00Z,1773050400005")

    assert rows == [
        ("2026-03-09T10:00:00+00:00", "2026-03-09T10:00:00.005000+00:00"),
        ("2026-03-09T10:00:00Z", "2026-03-09T10:00:00.005000+00:00"),
    ]


def test_F10_start_and_end_of_a_row_in_two_units_are_an_error():
    with pytest.raises(InputError, match="two units") as caught:
        read_csv("commit,1773050400,1773050401", "commit,1773050400,1773050400005")

    assert caught.value.where == "lines 2 and 3"
