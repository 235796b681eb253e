"""Which operations slow together."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest
from scipy import stats

from oplatency.errors import UsageError
from oplatency.settings import CorrelationSettings, PointSettings
from oplatency.stats import correlation, pair_search
from oplatency.stats.binning import bin_values, calls_inside, minute_means
from oplatency.stats.components import connected
from oplatency.stats.correlation import CorrelationResult, correlate, onset
from oplatency.stats.pair_search import BLOCK, find_pairs, masked_pearson
from oplatency.stats.points import Profile, fit_profile
from oplatency.stats.season import DAY_US, HOUR_US

OPTIONS = CorrelationSettings()
START = 20_521 * DAY_US
END = START + DAY_US
MINUTE = 60_000_000
Fleet = dict[int, tuple[np.ndarray, np.ndarray]]


def fleet(n: int, *, per_day: int = 600, rhythm: float = 0.0, seed: int = 1) -> Fleet:
    """Return eight days of independent operations that share the rhythm of the day."""
    rng = np.random.default_rng(seed)
    made = {}
    for key in range(n):
        started = np.sort(rng.integers(END - 8 * DAY_US, END, 8 * per_day))
        level = rhythm * np.cos(2 * np.pi * (started % DAY_US) / DAY_US) + rng.normal(0, 0.35, started.size)
        made[key] = (started, np.rint(5000 * np.exp(level)).astype(np.int64))
    return made


def slowed(
    operations: Fleet,
    members: list[int],
    *,
    factor: float = 3.0,
    lag: dict[int, int] | None = None,
    hours: tuple[int, ...] = (2, 5, 9, 13, 18, 21),
) -> Fleet:
    """Slow the members together for 20 minutes in some hours of the last day."""
    made = dict(operations)
    for key in members:
        started, durations = operations[key]
        delay = (lag or {}).get(key, 0) * OPTIONS.bin_minutes * MINUTE
        episode = np.zeros(started.size, dtype=np.bool_)
        for hour in hours:
            begin = START + hour * HOUR_US + 20 * MINUTE + delay
            episode |= (started >= begin) & (started < begin + 20 * MINUTE)
        made[key] = (started, np.where(episode, np.rint(durations * factor).astype(np.int64), durations))
    return made


def profiles(operations: Fleet) -> dict[int, Profile]:
    found = {}
    for key, (started, durations) in operations.items():
        before = started < START
        profile = fit_profile(started[before], durations[before], options=PointSettings())
        if profile is not None:
            found[key] = profile
    return found


def look(operations: Fleet, known: dict[int, Profile] | None = None) -> CorrelationResult:
    known = profiles(operations) if known is None else known
    return correlate(operations, known, window_start_us=START, window_end_us=END, options=OPTIONS)


def test_members_of_a_bottleneck_are_found_and_nobody_else() -> None:
    result = look(slowed(fleet(12), [1, 4, 7]))
    assert {(pair.a, pair.b) for pair in result.pairs} == set(itertools.combinations([1, 4, 7], 2))
    assert [group.members for group in result.groups] == [(1, 4, 7)]
    assert abs(result.groups[0].onset_us % HOUR_US - 20 * MINUTE) <= 5 * MINUTE
    assert result.pairs_tested == 66
    for pair in result.pairs:
        assert pair.strength in {"moderate", "strong", "critical"}
        assert pair.joint_bins >= 10
        assert 0 <= pair.p <= pair.q <= OPTIONS.fdr
        assert 30 <= pair.effective_n <= 288
        assert pair.lag_bins == 0


def test_two_bottlenecks_are_two_groups() -> None:
    mixed = slowed(slowed(fleet(10), [0, 1, 2]), [6, 7], hours=(0, 3, 7, 11, 15, 20))
    assert [group.members for group in look(mixed).groups] == [(0, 1, 2), (6, 7)]


def test_a_common_rhythm_makes_raw_pairs_but_no_real_ones() -> None:
    operations = fleet(10, per_day=6000, rhythm=1.5)
    result = look(operations)
    assert result.raw_pairs >= 30
    assert result.pairs == []
    assert result.groups == []


def test_the_lag_says_who_follows() -> None:
    result = look(slowed(fleet(6, per_day=1500), [2, 3], lag={3: 1}))
    assert [(pair.a, pair.b, pair.lag_bins) for pair in result.pairs] == [(2, 3, 1)]


def test_unrelated_operations_give_no_pair_in_twenty_nights() -> None:
    assert sum(len(look(fleet(8, seed=seed)).pairs) for seed in range(20)) <= 1


def test_F40_constant_short_and_unknown_operations_are_named_and_make_no_warning() -> None:
    operations = fleet(3)
    started = operations[0][0]
    operations[3] = (started, np.full(started.size, 5000))
    operations[4] = (started[-20:], operations[0][1][-20:])
    operations[5] = (started, operations[0][1])
    operations[6] = (started[:0], started[:0])
    known = {key: profile for key, profile in profiles(operations).items() if key != 5}
    known[4] = known[6] = known[0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = look(operations, known)
    assert result.untestable == {3: "constant", 4: "too_few_bins", 5: "no_profile", 6: "too_few_bins"}
    assert (result.pairs_tested, result.pairs_untestable) == (3, 18)
    assert look({}).pairs == []
    assert look({1: operations[0]}).pairs_tested == 0


def test_the_order_of_calls_and_of_operations_changes_nothing() -> None:
    operations = slowed(fleet(6), [1, 2])
    known = profiles(operations)
    rng = np.random.default_rng(0)
    shuffled = {}
    for key in reversed(operations):
        order = rng.permutation(operations[key][0].size)
        shuffled[key] = (operations[key][0][order], operations[key][1][order])
    expected = look(operations, known)
    assert expected.pairs
    assert look(shuffled, known) == expected


def test_a_slower_clock_and_a_later_day_find_the_same() -> None:
    operations = slowed(fleet(6), [1, 2])
    later = {key: (started + 3 * DAY_US, durations * 7) for key, (started, durations) in operations.items()}
    moved = {key: (started - 3 * DAY_US, durations) for key, (started, durations) in later.items()}
    result = correlate(
        later, profiles(moved), window_start_us=START + 3 * DAY_US, window_end_us=END + 3 * DAY_US, options=OPTIONS
    )
    expected = look(operations)
    for name in ("corrected", "raw_pearson", "raw_spearman", "p", "q"):
        found, known = ([getattr(pair, name) for pair in one.pairs] for one in (result, expected))
        np.testing.assert_allclose(found, known, rtol=1e-6)
    assert result.groups[0].onset_us - expected.groups[0].onset_us == 3 * DAY_US


def test_masked_coefficients_equal_scipy_on_the_common_bins() -> None:
    rng = np.random.default_rng(2)
    rows = rng.normal(0, 1, (6, 100))
    rows[rng.random(rows.shape) < 0.4] = np.nan
    n, r = masked_pearson(rows, rows)
    for i, j in itertools.combinations(range(6), 2):
        common = ~np.isnan(rows[i]) & ~np.isnan(rows[j])
        assert n[i, j] == common.sum()
        assert r[i, j] == pytest.approx(stats.pearsonr(rows[i][common], rows[j][common]).statistic)


def test_plain_coefficients_equal_scipy_on_the_common_minutes_and_are_counted_from_the_limit_on() -> None:
    rng = np.random.default_rng(5)
    rows = 3 + rng.normal(0, 1, 300) + rng.normal(0, 0.55, (5, 300))
    rows[rng.random(rows.shape) < 0.3] = np.nan
    pairs = list(itertools.combinations(range(5), 2))
    a, b = (np.array(members) for members in zip(*pairs, strict=True))
    pearson, spearman = correlation._plain_coefficients(rows, a, b)
    for number, (i, j) in enumerate(pairs):
        common = ~np.isnan(rows[i]) & ~np.isnan(rows[j])
        assert pearson[number] == pytest.approx(stats.pearsonr(rows[i][common], rows[j][common]).statistic)
        assert spearman[number] == pytest.approx(stats.spearmanr(rows[i][common], rows[j][common]).statistic)
    assert 0 < (pearson >= correlation.RAW_PEARSON).sum() < len(pairs)
    assert correlation._count_raw(rows, lambda _: None) == (pearson >= correlation.RAW_PEARSON).sum()


def test_pairs_that_are_found_and_not_listed_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    together = slowed(fleet(5), list(range(5)))
    whole = look(together)
    assert (len(whole.pairs), whole.pairs_not_listed) == (10, 0)
    monkeypatch.setattr("oplatency.stats.pair_search.MAX_PAIRS", 4)
    few = look(together)
    assert 4 <= len(few.pairs) < 10
    assert len(few.pairs) + few.pairs_not_listed == 10


def test_p_values_equal_scipy_where_bins_are_not_autocorrelated() -> None:
    rng = np.random.default_rng(6)
    common = rng.normal(0, 1, 300)
    # Alternating signs: a negative autocorrelation lowers no sample size.
    sign = np.tile([1.0, -1.0], 150)
    rows = np.vstack([sign * np.abs(common), sign * np.abs(common + rng.normal(0, 1.2, 300))])
    once = np.zeros_like(rows)
    once[:, 7] = 3.0  # slow together once; without that no pair is reported
    found = find_pairs(rows, once, OPTIONS).pairs
    expected = stats.pearsonr(*rows, alternative="greater")
    assert [pair.p for pair in found] == pytest.approx([expected.pvalue], rel=1e-6)
    assert found[0].effective_n == 300


def test_values_that_move_together_but_are_never_slow_together_are_no_pair() -> None:
    rng = np.random.default_rng(6)
    common = rng.normal(0, 1, 300)
    rows = np.vstack([common + rng.normal(0, 0.3, 300) for _ in range(2)])
    assert find_pairs(rows, np.zeros_like(rows), OPTIONS).pairs == []
    once = np.zeros_like(rows)
    once[:, 7] = 3.0
    assert len(find_pairs(rows, once, OPTIONS).pairs) == 1


def test_joint_slow_bins_alone_are_found_with_the_hypergeometric_probability() -> None:
    rng = np.random.default_rng(3)
    quiet = rng.normal(0, 1, (2, 288)).clip(-2, 2)
    hot = quiet.copy()
    hot[:, [10, 11, 100, 101, 200]] = 3.0
    hot[0, [50, 60]] = 3.0
    found = find_pairs(quiet, hot, OPTIONS).pairs
    assert [pair.strength for pair in found] == ["co-exceedance"]
    assert found[0].joint == 5
    assert found[0].p == pytest.approx(stats.hypergeom.sf(4, 288, 7, 5))


def test_a_weak_member_joins_through_the_group_and_is_linked_to_its_members(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(39)
    shared = rng.normal(0, 1, 100)
    rows = rng.normal(0, 1, (40, 100))
    rows[:4] += shared
    rows[4] += 0.45 * shared
    monkeypatch.setattr(pair_search, "SLOW_BIN_Z", 1.0)
    found = {(pair.a, pair.b) for pair in find_pairs(rows, rows * 0.5, OPTIONS).pairs}
    assert set(itertools.combinations(range(4), 2)) <= found
    assert {a for a, b in found if b == 4} == {0, 1, 2}
    assert all(b <= 4 for _, b in found)
    # One against one it is beyond the reach of 780 tests.
    alone = [stats.pearsonr(rows[member], rows[4], alternative="greater").pvalue for member in range(4)]
    assert min(alone) > OPTIONS.fdr * len(found) / 780


@pytest.mark.parametrize(("seed", "members"), [(31, (0, 1, 2, 3, 4, 5)), (36, (0, 1, 3, 4, 5))], ids=["row", "group"])
def test_a_group_that_grew_takes_in_rows_and_groups_that_it_did_not_before(seed: int, members: tuple[int, ...]) -> None:
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=144) * (rng.random(144) < 0.2) * 3
    slow = [signal + 2.2 * rng.normal(size=144) for _ in range(6)]
    rows = np.vstack([*slow, rng.normal(size=(20, 144))])
    assert find_pairs(rows, rows, OPTIONS).groups == [members]


def test_the_onset_is_the_start_of_the_worst_stretch_which_one_calm_bin_does_not_end() -> None:
    bins = np.zeros((2, 288))
    bins[:, [5, 6]] = 3.0
    bins[:, [100, 102, 103]] = 2.5
    bins[1, 50] = np.nan
    width = OPTIONS.bin_minutes * MINUTE
    assert onset(bins, START, OPTIONS) == START + 100 * width
    bins[:, 102] = 0.0
    assert onset(bins, START, OPTIONS) == START + 5 * width
    assert onset(np.full((1, 288), 0.5), START, OPTIONS) == START


def test_autocorrelated_bins_count_for_less() -> None:
    rng = np.random.default_rng(9)
    steps = rng.normal(0, 1, (3, 288))
    rows = np.apply_along_axis(lambda row: np.convolve(row, np.ones(8) / 8, mode="same"), 1, steps)
    rows[1] += rows[0]
    found = find_pairs(rows, rows * 0, OPTIONS).pairs
    assert all(pair.effective_n < 80 for pair in found)
    assert {(pair.a, pair.b) for pair in found} <= {(0, 1)}


def test_blocks_do_not_change_what_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    rows = rng.normal(0, 1, (40, 288))
    rows[[3, 17, 31]] += rng.normal(0, 1, 288)
    whole = find_pairs(rows, rows, OPTIONS)
    assert {(pair.a, pair.b) for pair in whole.pairs} == {(3, 17), (3, 31), (17, 31)}
    assert whole.n_tested == 780 < BLOCK**2
    monkeypatch.setattr("oplatency.stats.pair_search.BLOCK", 7)
    again = find_pairs(rows, rows, OPTIONS)
    assert again.n_tested == whole.n_tested
    assert [(pair.a, pair.b) for pair in again.pairs] == [(pair.a, pair.b) for pair in whole.pairs]


def test_F41_of_many_pairs_the_strongest_and_each_rows_own_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    rows = rng.normal(0, 1, (60, 288))
    for members, bins in (
        (slice(0, 40), slice(40, 52)),
        (slice(40, 50), slice(200, 206)),
        (slice(50, 52), slice(9, 14)),
    ):
        rows[members, bins] += 4
    whole = find_pairs(rows, rows, OPTIONS)
    assert whole.n_found == len(whole.pairs) > 780
    monkeypatch.setattr("oplatency.stats.pair_search.MAX_PAIRS", 100)
    for size in (256, 16):
        monkeypatch.setattr("oplatency.stats.pair_search.BLOCK", size)
        few = find_pairs(rows, rows, OPTIONS)
        # the groups and the count are those of all pairs; no group is without one
        assert few.groups == whole.groups == [tuple(range(40)), tuple(range(40, 50)), (50, 51)]
        assert few.n_found == whole.n_found
        assert 100 <= len(few.pairs) <= 100 + 60
        told = {(pair.a, pair.b): pair for pair in whole.pairs}
        for pair in few.pairs:
            other = told[pair.a, pair.b]
            assert (pair.joint, pair.strength) == (other.joint, other.strength)
            assert (pair.r, pair.p, pair.q) == pytest.approx((other.r, other.p, other.q), rel=1e-9)
        assert {row for pair in few.pairs for row in (pair.a, pair.b)} == set(range(52))
        least = {key for key, pair in told.items() if pair.p <= sorted(p.p for p in whole.pairs)[99]}
        assert least <= {(pair.a, pair.b) for pair in few.pairs}


def test_components_are_joined_through_common_members() -> None:
    assert connected([(5, 6), (1, 2), (2, 3), (8, 3)]) == [(1, 2, 3, 8), (5, 6)]
    assert connected([]) == []


def test_a_bin_is_the_clipped_mean_times_the_root_of_its_number() -> None:
    profile = Profile(1000, 7, False, np.zeros(24), np.log(1000), 0.5, 0.25)
    started = START + MINUTE * np.array([0, 1, 2, 7, 7])
    durations = np.rint(1000 * np.exp([0.5, 1.0, -0.25, 9.0, 0.5])).astype(np.int64)
    calls = calls_inside((started, durations), START, END)
    within_hour, within_window = bin_values(calls, profile, start_us=START, end_us=END, options=OPTIONS)
    assert within_hour.size == 288
    assert within_hour[:2] == pytest.approx([(1 + 2 - 1) / np.sqrt(3), (4 + 1) / np.sqrt(2)], rel=1e-3)
    assert np.isnan(within_hour[2:]).all()
    np.testing.assert_array_equal(within_hour, within_window)
    minutes = minute_means({1: calls}, [1], start_us=START, end_us=END)
    assert minutes.shape == (1, 1440)
    assert minutes[0, 7] == durations[3:].mean()


def test_a_slow_hour_is_kept_by_the_window_and_removed_by_the_hour() -> None:
    rng = np.random.default_rng(5)
    started = np.sort(rng.integers(START, END, 2400))
    slow_hour = (started - START) // HOUR_US == 9
    durations = np.rint(5000 * np.exp(rng.normal(0, 0.3, 2400) + slow_hour)).astype(np.int64)
    profile = Profile(7000, 7, False, np.zeros(24), np.log(5000), 0.3, 0.3)
    within_hour, within_window = bin_values((started, durations), profile, start_us=START, end_us=END, options=OPTIONS)
    of_hour = slice(9 * 12, 10 * 12)
    assert np.nanmean(within_window[of_hour]) > 5
    assert abs(np.nanmean(within_hour[of_hour])) < 1


def test_F41_two_thousand_operations_stay_within_bounded_memory() -> None:
    import tracemalloc

    rng = np.random.default_rng(8)
    rows = rng.normal(0, 1, (2000, 60))
    tracemalloc.start()
    n_tested = find_pairs(rows, rows, OPTIONS).n_tested
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert n_tested == 1_999_000
    # One matrix of all pairs would take 32 MB, and a dozen of them are needed at a time.
    assert peak < 150e6


def test_F41_progress_counts_each_comparison_once_and_ends_with_all(monkeypatch: pytest.MonkeyPatch) -> None:
    operations = fleet(40, per_day=100)
    known = {key: profile for key, profile in profiles(operations).items() if key >= 5}
    for name in ("correlation", "pair_search"):
        monkeypatch.setattr(f"oplatency.stats.{name}.BLOCK", 16)
    told: list[tuple[int, int]] = []
    window = {"window_start_us": START, "window_end_us": END}
    correlate(operations, known, **window, options=OPTIONS, progress=lambda *now: told.append(now))
    # all 40 as the plain rule would, the 35 that have a profile once more
    assert {total for _, total in told} == {40 * 39 // 2 + 35 * 34 // 2}
    done = [count for count, _ in told]
    rows = [(40, 16), (24, 16), (8, 8), (35, 16), (19, 16), (3, 3)]
    assert np.diff([0, *done]).tolist() == [sum(left - 1 - row for row in range(block)) for left, block in rows]
    assert done[-1] == told[-1][1]


def test_a_window_that_is_not_made_of_hours_is_refused() -> None:
    for start, end in ((START + 1, END), (END, START), (START, START)):
        with pytest.raises(UsageError, match="whole UTC hours"):
            correlate({}, {}, window_start_us=start, window_end_us=end, options=OPTIONS)
