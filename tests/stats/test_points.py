"""Single calls: profiles, scores, severities, and which of them alert."""

from __future__ import annotations

import math
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from oplatency.errors import UsageError
from oplatency.settings import PointSettings
from oplatency.stats import cusum, points
from oplatency.stats.classical import classical_z
from oplatency.stats.cusum import (
    CUSUM_CLIP_Z,
    CUSUM_LIMIT,
    CUSUM_MAX_CALLS,
    CUSUM_SLACK,
    GROUP_GAP_MINUTES,
    GROUP_LOOKBACK_MINUTES,
)
from oplatency.stats.points import (
    Profile,
    Severity,
    alerting_calls,
    detectable_slowdown,
    fit_profile,
    score_calls,
    severities,
    shrink_scales,
)
from oplatency.stats.season import DAY_US, HOUR_US

OPTIONS = PointSettings()
MONDAY = 20_514 * DAY_US
MINUTE = 60_000_000
calls = st.integers(6, 120).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.int64, n, elements=st.integers(MONDAY, MONDAY + 7 * DAY_US - 1)),
        hnp.arrays(np.int64, n, elements=st.integers(1, 10**12)),
    )
)


def baseline(rng: np.random.Generator, n: int, *, sd: float = 0.4) -> tuple[np.ndarray, np.ndarray]:
    started = np.sort(MONDAY + rng.integers(0, 7 * DAY_US, n))
    return started, np.rint(5000 * np.exp(rng.normal(0, sd, n))).astype(np.int64)


def verdict(base: np.ndarray, judged: list[int]) -> list[int]:
    """Judge calls of the eighth day against a baseline spread evenly over seven."""
    started = MONDAY + np.arange(base.size) * (7 * DAY_US // base.size)
    profile = fit_profile(started, base, options=OPTIONS)
    assert profile is not None
    at = MONDAY + 7 * DAY_US + np.arange(len(judged)) * MINUTE
    scores = score_calls(profile, at, np.array(judged), options=OPTIONS)
    return severities(scores.z, scores.effect, options=OPTIONS).tolist()


@given(calls, st.randoms(use_true_random=False))
def test_the_order_of_the_calls_changes_no_digit(series: tuple[np.ndarray, np.ndarray], random: Random) -> None:
    started, durations = series
    order = list(range(started.size))
    random.shuffle(order)
    first = fit_profile(started, durations, options=OPTIONS)
    second = fit_profile(started[order], durations[order], options=OPTIONS)
    assert first is not None
    assert second is not None
    assert first.hour_offsets.tolist() == second.hour_offsets.tolist()
    assert (first.location, first.scale_up, first.scale_down) == (second.location, second.scale_up, second.scale_down)


@given(calls, st.integers(2, 1000))
def test_a_slower_clock_changes_no_z(series: tuple[np.ndarray, np.ndarray], factor: int) -> None:
    started, durations = series
    one = fit_profile(started, durations, options=OPTIONS)
    other = fit_profile(started, durations * factor, options=OPTIONS)
    assert one is not None
    assert other is not None
    z = score_calls(one, started, durations, options=OPTIONS)
    scaled = score_calls(other, started, durations * factor, options=OPTIONS)
    np.testing.assert_allclose(z.z, scaled.z, atol=1e-9, rtol=1e-9)
    np.testing.assert_allclose(z.expected_us * factor, scaled.expected_us, rtol=1e-9)


@given(calls, st.integers(-2000, 2000))
def test_whole_days_later_changes_nothing(series: tuple[np.ndarray, np.ndarray], days: int) -> None:
    started, durations = series
    one = fit_profile(started, durations, options=OPTIONS)
    other = fit_profile(started + days * DAY_US, durations, options=OPTIONS)
    assert one is not None
    assert other is not None
    z = score_calls(one, started, durations, options=OPTIONS).z
    assert z.tolist() == score_calls(other, started + days * DAY_US, durations, options=OPTIONS).z.tolist()


@given(calls)
def test_finite_in_gives_finite_out(series: tuple[np.ndarray, np.ndarray]) -> None:
    started, durations = series
    profile = fit_profile(started, durations, options=OPTIONS)
    assert profile is not None
    shrunk = shrink_scales({1: profile}, {1: "READ"})[1]
    scores = score_calls(shrunk, started, durations, options=OPTIONS)
    for values in (scores.z, scores.expected_us, scores.effect):
        assert np.isfinite(values).all()
    assert min(shrunk.scale_up, shrunk.scale_down) >= OPTIONS.scale_floor * (1 - 1e-12)


def test_three_keeps_meaning_one_in_740_on_log_normal_calls() -> None:
    rng = np.random.default_rng(1)
    shares = []
    for _ in range(20):
        profile = fit_profile(*baseline(rng, 3500), options=OPTIONS)
        assert profile is not None
        at, durations = baseline(rng, 20_000)
        shares.append(float((score_calls(profile, at, durations, options=OPTIONS).z >= 3).mean()))
    assert 0.4 * stats.norm.sf(3) < np.mean(shares) < 1.6 * stats.norm.sf(3)


def test_the_location_is_divided_out_with_the_variance_of_a_median() -> None:
    profile = Profile(100, 7, False, np.zeros(24), math.log(5000), 0.3, 0.2)
    scores = score_calls(profile, np.array([MONDAY] * 2), np.array([10_000, 2500]), options=OPTIONS)
    widening = math.sqrt(1 + math.pi / 2 / 100)
    assert scores.z == pytest.approx([math.log(2) / 0.3 / widening, -math.log(2) / 0.2 / widening])
    assert scores.effect == pytest.approx([1.0, -0.5])
    assert scores.expected_us == pytest.approx([5000, 5000])
    assert detectable_slowdown(profile, options=OPTIONS) == pytest.approx(math.exp(0.9 * widening) - 1)


def test_three_bad_days_of_seven_move_neither_location_nor_scale_much() -> None:
    rng = np.random.default_rng(2)
    started, durations = baseline(rng, 3500)
    clean = fit_profile(started, durations, options=OPTIONS)
    bad = durations.copy()
    bad[started < MONDAY + 3 * DAY_US] *= 3
    polluted = fit_profile(started, bad, options=OPTIONS)
    assert clean is not None
    assert polluted is not None
    assert polluted.location - clean.location < 0.05
    assert polluted.scale_up < 1.15 * clean.scale_up


def test_one_bad_day_of_thin_days_does_not_stretch_the_scale() -> None:
    # 45 calls a day are too few for a 97.5 % quantile of their own; thirds of the week are enough.
    started = MONDAY + np.arange(315) * (7 * DAY_US // 315)
    durations = np.rint(5000 * np.exp(np.random.default_rng(2).normal(0, 0.3, 315))).astype(np.int64)
    bad = np.where((started >= MONDAY + DAY_US) & (started < MONDAY + 2 * DAY_US), durations * 3, durations)
    clean, polluted = (fit_profile(started, values, options=OPTIONS) for values in (durations, bad))
    assert clean is not None
    assert polluted is not None
    assert polluted.scale_up < 1.3 * clean.scale_up


def test_a_rhythm_is_learnt_and_does_not_alert_in_its_slow_hours() -> None:
    rng = np.random.default_rng(3)
    started, durations = baseline(rng, 5000, sd=0.2)
    rhythm = np.exp(0.8 * np.cos(2 * np.pi * (started % DAY_US) / DAY_US))
    profile = fit_profile(started, np.rint(durations * rhythm).astype(np.int64), options=OPTIONS)
    assert profile is not None
    assert profile.seasonal
    expected = 0.8 * np.cos(2 * np.pi * (np.arange(24) + 0.5) / 24)
    np.testing.assert_allclose(profile.hour_offsets, expected, atol=0.12)


def test_F35_fewer_than_six_calls_have_no_profile() -> None:
    for n in range(6):
        started = MONDAY + np.arange(n) * HOUR_US
        assert fit_profile(started, np.full(n, 5000), options=OPTIONS) is None
    assert fit_profile(MONDAY + np.arange(6), np.full(6, 5000), options=OPTIONS) is not None
    assert shrink_scales({}, {}) == {}


def test_F36_one_microsecond_above_a_constant_is_no_finding() -> None:
    assert verdict(np.full(200, 5000), [5001, 5000, 4999]) == [0, 0, 0]
    assert classical_z([5001, 4999], mean_us=5000, sd_us=7e-16) == pytest.approx([0.02, -0.02])


def test_F37_ten_times_a_constant_is_critical() -> None:
    assert verdict(np.full(200, 5000), [50_000]) == [Severity.CRITICAL]


def test_F38_one_absurd_outlier_in_the_baseline_hides_nothing() -> None:
    durations = baseline(np.random.default_rng(4), 200)[1]
    durations[100] = 10**12
    assert verdict(durations, [50_000, 5000]) == [Severity.CRITICAL, Severity.NONE]
    hidden = classical_z([50_000], mean_us=float(durations.mean()), sd_us=float(durations.std(ddof=1)))
    assert hidden[0] < 3


def test_F43_nan_is_never_a_finding() -> None:
    found = severities([math.nan, math.nan, 5.0, math.inf], [1.0, -1.0, math.nan, 9.0], options=OPTIONS)
    assert found.tolist() == [0, 0, 0, Severity.CRITICAL]
    assert np.isnan(classical_z([1.0], mean_us=5.0, sd_us=math.nan)).all()
    assert np.isnan(classical_z([math.nan], mean_us=5.0, sd_us=1.0)).all()


@pytest.mark.parametrize(
    ("z", "effect", "severity"),
    [
        (2.99, 5.0, "NONE"),
        (3.0, 0.25, "WARNING"),
        (3.99, 0.25, "WARNING"),
        (4.0, 0.25, "CRITICAL"),
        (9.0, 0.24, "NONE"),
        (-3.0, -0.20, "INFO"),
        (-9.0, -0.19, "NONE"),
        (-2.9, -0.5, "NONE"),
    ],
)
def test_severity_starts_exactly_at_its_limits(z: float, effect: float, severity: str) -> None:
    assert Severity(int(severities([z], [effect], options=OPTIONS)[0])).name == severity


def test_few_calls_borrow_the_scale_of_their_kind_and_many_keep_their_own() -> None:
    def of(n: int, scale: float) -> Profile:
        return Profile(n, 7, False, np.zeros(24), 8.0, scale, scale / 2)

    profiles = {1: of(20, 0.1), 2: of(2000, 0.4), 3: of(2000, 0.4), 4: of(2000, 0.4), 5: of(2000, 0.9), 6: of(6, 0.05)}
    groups = {1: "READ", 2: "READ", 3: "READ", 4: "READ", 5: "WRITE"}
    shrunk = shrink_scales(profiles, groups)
    # Equal weights: the geometric mean of 0.1 and the median of the group's four scales.
    assert shrunk[1].scale_up == pytest.approx(math.sqrt(0.1 * 0.4))
    assert shrunk[1].scale_down == pytest.approx(math.sqrt(0.05 * 0.2))
    assert shrunk[2].scale_up == pytest.approx(0.4)
    # WRITE has one member and 6 has no category: both borrow from all, of which 6 itself is too small to lend.
    assert shrunk[5].scale_up == pytest.approx(math.exp((2000 * math.log(0.9) + 20 * math.log(0.4)) / 2020))
    assert shrunk[6].scale_up == pytest.approx(math.exp((6 * math.log(0.05) + 20 * math.log(0.4)) / 26))


@given(st.lists(st.integers(1, 10**9), min_size=2, max_size=30))
def test_no_z_inside_its_own_window_exceeds_the_bound_of_shiffler(durations: list[int]) -> None:
    # Shiffler (1988), The American Statistician 42: |z| <= (n - 1) / sqrt(n) with the sample deviation.
    values = np.array(durations, dtype=np.float64)
    z = classical_z(values, mean_us=float(values.mean()), sd_us=float(values.std(ddof=1)))
    assert np.abs(z).max() <= (values.size - 1) / math.sqrt(values.size) * (1 + 1e-9)


def test_a_duration_of_zero_or_of_another_length_is_refused() -> None:
    with pytest.raises(UsageError, match="positive"):
        fit_profile(np.array([1, 2]), np.array([5, 0]), options=OPTIONS)
    with pytest.raises(UsageError, match="one length"):
        fit_profile(np.array([1, 2]), np.array([5]), options=OPTIONS)


def slow_alerts(started: np.ndarray, flagged: np.ndarray, z: np.ndarray) -> list[bool]:
    """Follow the rule call by call: walk back from each flagged call along its chain, and along all calls."""
    answers = []
    everyone = sorted(zip(started.tolist(), z.tolist(), strict=True))
    times = sorted(int(t) for t, f in zip(started, flagged, strict=True) if f)
    for t, f, score in zip(started, flagged, z, strict=True):
        chain = [s for s in times if s <= t]
        reach = 0
        for later, earlier in pairwise([*reversed(chain), -(10**18)]):
            if t - later > GROUP_LOOKBACK_MINUTES * MINUTE:
                break
            reach += 1
            if later - earlier > GROUP_GAP_MINUTES * MINUTE:
                break
        most = -math.inf
        for place in [number for number, call in enumerate(everyone) if call[0] == t]:
            total = 0.0
            for length, (at, other) in enumerate(reversed(everyone[: place + 1]), start=1):
                total += min(other, CUSUM_CLIP_Z) - CUSUM_SLACK
                if length > CUSUM_MAX_CALLS or t - at > GROUP_LOOKBACK_MINUTES * MINUTE:
                    break
                most = max(most, total if length >= OPTIONS.alert_calls else most)
        enough = most >= CUSUM_LIMIT - 1e-9
        answers.append(bool(f and (score >= OPTIONS.alert_z or reach >= OPTIONS.alert_calls or enough)))
    return answers


flagged_calls = st.lists(
    st.tuples(st.integers(0, 400), st.booleans(), st.sampled_from([-1.0, 1.9, 3.0, 3.2, 5.9, 6.0])),
    min_size=0,
    max_size=60,
).map(
    lambda rows: (
        MONDAY + MINUTE * np.array([row[0] for row in rows], dtype=np.int64),
        np.array([row[1] for row in rows], dtype=np.bool_),
        np.array([row[2] for row in rows], dtype=np.float64),
    )
)


@settings(max_examples=300)
@given(flagged_calls)
def test_alerts_follow_the_rule_call_by_call(series: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    assert alerting_calls(*series, options=OPTIONS).tolist() == slow_alerts(*series)


@settings(max_examples=300)
@given(flagged_calls, st.lists(st.integers(1, 239), max_size=4))
def test_judging_in_parts_gives_the_alerts_of_the_whole(
    series: tuple[np.ndarray, np.ndarray, np.ndarray], cuts: list[int]
) -> None:
    started, flagged, z = series
    whole = alerting_calls(started, flagged, z, options=OPTIONS)
    edges = [MONDAY, *sorted({MONDAY + cut * MINUTE for cut in cuts}), MONDAY + DAY_US]
    for start, end in pairwise(edges):
        seen = (started >= start - GROUP_LOOKBACK_MINUTES * MINUTE) & (started < end)
        judged = seen & (started >= start)
        part = alerting_calls(started[seen], flagged[seen], z[seen], options=OPTIONS)
        assert part[judged[seen]].tolist() == whole[judged].tolist()


def test_lone_threes_do_not_alert_and_the_third_in_a_row_does() -> None:
    # Between them the operation makes ordinary calls, two minutes after each slow one.
    at = MONDAY + MINUTE * np.array([0, 2, 10, 12, 20, 22, 60, 62, 300])
    z = np.array([3.5, 0, 3.5, 0, 3.5, 0, 3.5, 0, 6.0])
    flagged = z > 0
    assert np.flatnonzero(alerting_calls(at, flagged, z, options=OPTIONS)).tolist() == [4, 8]
    assert not alerting_calls(at, np.zeros(9, dtype=np.bool_), z, options=OPTIONS).any()


def test_both_limits_of_time_are_inclusive_to_the_microsecond(monkeypatch: pytest.MonkeyPatch) -> None:
    # groups alone
    monkeypatch.setattr(cusum, "GROUP_LOOKBACK_MINUTES", 60)
    monkeypatch.setattr(points, "CUSUM_LIMIT", 1e9)

    def third_alerts(first: int, second: int, third: int) -> bool:
        at = MONDAY + np.array([first, second, third])
        return bool(alerting_calls(at, np.ones(3, dtype=np.bool_), np.full(3, 3.5), options=OPTIONS)[2])

    gap = 15 * MINUTE
    assert third_alerts(0, gap, 2 * gap)
    assert not third_alerts(0, gap + 1, 2 * gap)
    five = OPTIONS.model_copy(update={"alert_calls": 5})
    at = MONDAY + np.arange(5) * gap
    assert alerting_calls(at, np.ones(5, dtype=np.bool_), np.full(5, 3.5), options=five)[4]
    at[0] -= 1
    assert not alerting_calls(at, np.ones(5, dtype=np.bool_), np.full(5, 3.5), options=five)[4]


def test_a_computed_deviation_is_never_below_a_microsecond_or_one_percent() -> None:
    assert classical_z([22.0], mean_us=20, sd_us=0.0) == pytest.approx([2.0])
    assert classical_z([1100.0], mean_us=1000, sd_us=0.0) == pytest.approx([10.0])
    assert classical_z([1100.0], mean_us=1000, sd_us=50.0) == pytest.approx([2.0])


def test_three_slow_calls_in_a_row_of_a_slow_operation_alert_and_a_calm_one_between_them_ends_it() -> None:
    at = MONDAY + 50 * MINUTE * np.arange(4)
    every = np.ones(4, dtype=np.bool_)
    assert alerting_calls(at, every, np.array([3.5, 3.1, 2.5, 3.5]), options=OPTIONS).tolist() == [
        False,
        False,
        True,
        True,
    ]
    # The calm call between them takes away more than they bring, and is not flagged itself.
    z = np.array([3.5, -2.0, 3.5, 3.5])
    assert not alerting_calls(at, z >= 3, z, options=OPTIONS).any()
    # At 100 minutes the third lies beyond the look-back, and over an unjudged call nothing adds up.
    assert not alerting_calls(MONDAY + 100 * MINUTE * np.arange(4), every, np.full(4, 3.5), options=OPTIONS).any()
    z = np.array([3.5, 3.5, math.nan, 3.5])
    assert not alerting_calls(at, z >= 3, z, options=OPTIONS).any()


def test_a_lone_call_as_long_as_one_of_the_baseline_is_recorded_and_does_not_alert(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = MONDAY + MINUTE * np.array([0, 60, 120])
    z, flagged = np.array([9.0, 9.0, 9.0]), np.ones(3, dtype=np.bool_)
    unprecedented = np.array([False, True, False])
    assert alerting_calls(at, flagged, z, options=OPTIONS).all()
    monkeypatch.setattr(points, "CUSUM_LIMIT", 99.0)
    assert alerting_calls(at, flagged, z, options=OPTIONS, unprecedented=unprecedented).tolist() == [False, True, False]
    # three of them in a row are more than a spike
    close = MONDAY + MINUTE * np.arange(3)
    assert alerting_calls(close, flagged, z, options=OPTIONS, unprecedented=np.zeros(3, dtype=np.bool_))[2]
