"""Which operations slow down together, after removing what every operation shares: the rhythm of the day.

Defined in docs/statistics.md, "Correlation". Pairs are computed block by block with matrix products, so memory grows
with the number of operations times a block, never with the number of pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from oplatency.errors import UsageError
from oplatency.settings import CorrelationSettings
from oplatency.stats.binning import MIN_COMMON_BINS, SLOW_BIN_Z, Bins, Calls, bin_values, calls_inside, minute_means
from oplatency.stats.pair_search import BLOCK, Compared, Strength, find_pairs, masked_pearson, together
from oplatency.stats.points import Profile
from oplatency.stats.season import HOUR_US, MINUTE_US

MAX_LAG_BINS = 3
"""The best match is searched this many bins to either side."""
RAW_PEARSON = 0.75
"""The plain rule that the corrected one is compared with: Pearson over one-minute means."""

Rows = NDArray[np.int64]

Progress = Callable[[int, int], None]
"""Is called with the comparisons of two operations that are done, and with their number in all."""


@dataclass(frozen=True)
class Pair:
    """Two operations that slow together.

    Parameters
    ----------
    a, b : int
        Operation ids, ``a < b``.
    raw_pearson, raw_spearman : float
        Coefficients of the plain one-minute means; NaN where the two share too few minutes or one is constant.
    corrected : float
        Pearson coefficient of the corrected bins.
    joint_bins : int
        Bins in which both are slow.
    effective_n : float
        Bins both have, lowered for autocorrelation.
    p, q : float
        One-sided p-value of the rule that found the pair, and its adjusted value.
    lag_bins : int
        Shift of the best match: positive where `b` follows `a`.
    strength : {'moderate', 'strong', 'critical', 'co-exceedance'}
        By `corrected`, or found by joint slow bins alone.
    """

    a: int
    b: int
    raw_pearson: float
    raw_spearman: float
    corrected: float
    joint_bins: int
    effective_n: float
    p: float
    q: float
    lag_bins: int
    strength: Strength


@dataclass(frozen=True)
class Group:
    """Operations linked by pairs: one shared bottleneck.

    Parameters
    ----------
    members : tuple of int
        Operation ids, ascending.
    onset_us : int
        Start of the first bin of the group's worst interval, microseconds since the Unix epoch.
    """

    members: tuple[int, ...]
    onset_us: int


@dataclass(frozen=True)
class CorrelationResult:
    """Everything one run of `correlate` found, and what it could not test.

    Parameters
    ----------
    pairs : list of Pair
        Ascending by operation ids; of more than `pair_search.MAX_PAIRS` the strongest.
    groups : list of Group
        Connected components of the pairs, the largest first.
    pairs_tested, pairs_untestable : int
        Pairs with enough common bins, and the rest of all pairs.
    raw_pairs : int
        Pairs that the plain rule would report.
    untestable : dict of operation id to str
        Why an operation took part in no pair: ``no_profile``, ``too_few_bins`` or ``constant``.
    pairs_not_listed : int
        Pairs that were found and are not among `pairs`.
    """

    pairs: list[Pair]
    groups: list[Group]
    pairs_tested: int
    pairs_untestable: int
    raw_pairs: int
    untestable: dict[int, str] = field(default_factory=dict)
    pairs_not_listed: int = 0


def correlate(
    series: Mapping[int, Calls],
    profiles: Mapping[int, Profile],
    *,
    window_start_us: int,
    window_end_us: int,
    options: CorrelationSettings,
    progress: Progress = lambda _done, _total: None,
) -> CorrelationResult:
    """Find the pairs of operations that slow together, and the groups they form.

    Parameters
    ----------
    series : mapping of operation id to (started_us, durations_us)
        Starts (microseconds since the Unix epoch, UTC) and durations (microseconds), each of shape (n,), in any order.
        Calls outside ``[window_start_us, window_end_us)`` are left out.
    profiles : mapping of operation id to Profile
        What is normal, made before the window.
    window_start_us, window_end_us : int
        Whole UTC hours, microseconds since the Unix epoch.
    options : CorrelationSettings
        Bins and limits.
    progress : callable, optional
        Called now and then with the number of comparisons done, and of all. Each pair is compared as the plain
        rule would, and, of operations that can be tested, a second time corrected.

    Returns
    -------
    CorrelationResult
        Without any operation, empty.

    Raises
    ------
    UsageError
        If the window is empty or does not start and end at a full hour, or as `log_durations`.

    References
    ----------
    Bretherton et al. (1999), "The effective number of spatial degrees of freedom", for the effective sample size;
    Benjamini & Hochberg (1995).
    """
    if window_end_us <= window_start_us or window_start_us % HOUR_US or window_end_us % HOUR_US:
        raise UsageError(
            "A correlation window is made of whole UTC hours.",
            where=f"[{window_start_us}, {window_end_us})",
            remedy="pass full hours in microseconds since the Unix epoch, the end after the start",
        )
    ids = sorted(series)
    calls = {key: calls_inside(series[key], window_start_us, window_end_us) for key in ids}
    minutes = minute_means(calls, ids, start_us=window_start_us, end_us=window_end_us)
    untestable: dict[int, str] = {}
    tested_ids: list[int] = []
    rows: list[tuple[Bins, Bins]] = []
    for key in ids:
        if key not in profiles:
            untestable[key] = "no_profile"
            continue
        values = bin_values(calls[key], profiles[key], start_us=window_start_us, end_us=window_end_us, options=options)
        reason = _reason_against(values[0])
        if reason:
            untestable[key] = reason
        else:
            tested_ids.append(key)
            rows.append(values)
    total = len(ids) * (len(ids) - 1) // 2
    comparisons = total + len(tested_ids) * (len(tested_ids) - 1) // 2
    done = 0

    def compared(pairs: int) -> None:
        nonlocal done
        done += pairs
        progress(done, comparisons)

    raw_pairs = _count_raw(minutes, compared)
    if len(tested_ids) < 2:
        return CorrelationResult([], [], 0, total, raw_pairs, untestable)

    within_hour, within_window = np.vstack([row[0] for row in rows]), np.vstack([row[1] for row in rows])
    search = find_pairs(within_hour, within_window, options, compared)
    row_of = {key: number for number, key in enumerate(ids)}
    place = np.array([row_of[key] for key in tested_ids])
    a, b = (np.array([getattr(pair, end) for pair in search.pairs], dtype=np.int64) for end in ("a", "b"))
    pearson, spearman = _plain_coefficients(minutes, place[a], place[b])
    lags = _best_lags(within_hour, a, b)
    pairs = [
        Pair(
            a=tested_ids[pair.a],
            b=tested_ids[pair.b],
            raw_pearson=float(pearson[number]),
            raw_spearman=float(spearman[number]),
            corrected=pair.r,
            joint_bins=pair.joint,
            effective_n=pair.effective_n,
            p=pair.p,
            q=pair.q,
            lag_bins=int(lags[number]),
            strength=pair.strength,
        )
        for number, pair in enumerate(search.pairs)
    ]
    slow = dict(zip(tested_ids, within_window, strict=True))
    groups = [
        Group(members, onset(np.vstack([slow[key] for key in members]), window_start_us, options))
        for members in (tuple(tested_ids[row] for row in group) for group in search.groups)
    ]
    return CorrelationResult(
        pairs, groups, search.n_tested, total - search.n_tested, raw_pairs, untestable, search.n_found - len(pairs)
    )


def _reason_against(values: Bins) -> str | None:
    present = values[~np.isnan(values)]
    if present.size < MIN_COMMON_BINS:
        return "too_few_bins"
    # Differences of this size are rounding of a constant.
    return "constant" if np.ptp(present) < 1e-9 else None


def _count_raw(minutes: Bins, compared: Compared) -> int:
    """Return how many pairs the plain rule would report: Pearson of one-minute means at or above its limit."""
    with np.errstate(invalid="ignore", divide="ignore"):
        here = ~np.isnan(minutes)
        counts = np.maximum(here.sum(axis=1, keepdims=True), 1)
        mean = np.where(here, minutes, 0.0).sum(axis=1, keepdims=True) / counts
        centred = minutes - mean
        scale = np.sqrt(np.where(here, centred**2, 0.0).sum(axis=1, keepdims=True) / counts)
        standard = centred / np.where(scale > 0, scale, 1.0)
    found = 0
    for start in range(0, len(standard), BLOCK):
        n, r = masked_pearson(standard[start : start + BLOCK], standard[start:])
        later = np.arange(n.shape[1])[None, :] > np.arange(n.shape[0])[:, None]
        found += int((later & (n >= MIN_COMMON_BINS) & (r >= RAW_PEARSON)).sum())
        compared(int(later.sum()))
    return found


def _plain_coefficients(minutes: Bins, a: Rows, b: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Pearson and Spearman of the common minutes of each pair of rows; NaN where too few or constant."""
    pearson, spearman = np.full(a.size, np.nan), np.full(a.size, np.nan)
    for part in _parts(a.size):
        x, y = minutes[a[part]], minutes[b[part]]
        common = ~(np.isnan(x) | np.isnan(y))
        enough = common.sum(axis=1) >= MIN_COMMON_BINS
        for found, values in ((pearson, (x, y)), (spearman, (_ranks(x, common), _ranks(y, common)))):
            found[part] = np.where(enough, _paired_pearson(*values, common), np.nan)
    return pearson, spearman


def _ranks(values: Bins, common: NDArray[np.bool_]) -> Bins:
    """Return the ranks of the common values of each row; what is not common ranks behind them."""
    ranks: Bins = stats.rankdata(np.where(common, values, np.inf), axis=1)
    return ranks


def _best_lags(values: Bins, a: Rows, b: Rows) -> NDArray[np.int64]:
    """Return for each pair of rows the shift of `b` that fits best, the smallest among equals."""
    best, best_r = np.zeros(a.size, dtype=np.int64), np.full(a.size, -np.inf)
    size = values.shape[1]
    for part in _parts(a.size):
        first, second = values[a[part]], values[b[part]]
        for lag in sorted(range(-MAX_LAG_BINS, MAX_LAG_BINS + 1), key=lambda step: (abs(step), step)):
            x = first[:, max(0, -lag) : size - max(0, lag)]
            y = second[:, max(0, lag) : size - max(0, -lag)]
            common = ~(np.isnan(x) | np.isnan(y))
            r = _paired_pearson(x, y, common)
            better = (common.sum(axis=1) >= MIN_COMMON_BINS) & (r > best_r[part] + 1e-12)
            best[part][better], best_r[part][better] = lag, r[better]
    return best


def _parts(size: int) -> Iterator[slice]:
    return (slice(start, start + BLOCK) for start in range(0, size, BLOCK))


def _paired_pearson(x: Bins, y: Bins, common: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return Pearson's r of each row of `x` with that of `y`, over their common bins; NaN where one is constant."""
    n = np.maximum(common.sum(axis=1, keepdims=True), 1)
    centred = []
    for values in (x, y):
        kept = np.where(common, values, 0.0)
        centred.append(np.where(common, kept - kept.sum(axis=1, keepdims=True) / n, 0.0))
    u, v = centred
    squares = np.einsum("ij,ij->i", u, u), np.einsum("ij,ij->i", v, v)
    with np.errstate(invalid="ignore", divide="ignore"):
        r = np.einsum("ij,ij->i", u, v) / np.sqrt(squares[0] * squares[1])
    # below this the common bins of one of the two are constant and r is a rounding error
    scale = [np.einsum("ij,ij->i", np.where(common, values, 0.0), np.where(common, values, 0.0)) for values in (x, y)]
    r[(squares[0] <= 1e-24 * scale[0]) | (squares[1] <= 1e-24 * scale[1])] = np.nan
    clipped: NDArray[np.float64] = np.clip(r, -1.0, 1.0)
    return clipped


def onset(members: Bins, window_start_us: int, options: CorrelationSettings) -> int:
    """Return the start of the interval of bins in which the members together were slowest.

    A bin of the group is the sum of its members' values over the square root of their number. An interval is a run of
    bins at or above `SLOW_BIN_Z`; one calmer bin does not end it. Without any such bin it is the slowest bin.
    """
    signal = np.nan_to_num(together(members), nan=-np.inf)
    hot = np.flatnonzero(signal >= SLOW_BIN_Z)
    first_bin = int(np.argmax(signal))
    if hot.size:
        run = np.cumsum(np.concatenate(([0], np.diff(hot) > 2)))
        worst = int(np.argmax(np.bincount(run, weights=signal[hot])))
        first_bin = int(hot[run == worst][0])
    return window_start_us + first_bin * options.bin_minutes * MINUTE_US
