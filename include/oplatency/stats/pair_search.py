"""The search for pairs of rows that move together, and for the groups they form.

Defined in docs/statistics.md, "Correlation". Works on row numbers; `oplatency.stats.correlation` knows operations.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from oplatency.settings import CorrelationSettings
from oplatency.stats.binning import Bins
from oplatency.stats.multiplicity import benjamini_hochberg

BLOCK = 256
"""Rows whose pairs with all others are computed at a time."""

MAX_AUTOCORRELATION = 0.95
TINY = 1e-300
"""Keeps a constant row from dividing zero by zero."""

CANDIDATE_P = 0.05
"""Pairs above it are counted but not kept; adjusted values below it do not change by that."""

Strength = Literal["moderate", "strong", "critical", "co-exceedance"]


@dataclass(frozen=True)
class Found:
    """A pair of rows, ``a < b``, as the rule that found it saw it; fields as in `oplatency.stats.correlation.Pair`."""

    a: int
    b: int
    r: float
    effective_n: float
    joint: int
    p: float
    q: float
    strength: Strength


@dataclass(frozen=True)
class _Block:
    """Candidates of one block of rows; every array has shape (pairs,)."""

    row: NDArray[np.int64]
    column: NDArray[np.int64]
    r: NDArray[np.float64]
    effective_n: NDArray[np.float64]
    joint: NDArray[np.int64]
    p: NDArray[np.float64]


def find_pairs(within_hour: Bins, within_window: Bins, options: CorrelationSettings) -> tuple[int, list[Found]]:
    """Return how many pairs of rows were tested, and those that move together.

    Parameters
    ----------
    within_hour, within_window : ndarray, shape (rows, bins)
        As `oplatency.stats.binning.bin_values` returns them; NaN marks a bin without a call.
    options : CorrelationSettings
        Limits.

    Returns
    -------
    n_tested, found : int, list of Found
        Ascending by row numbers.
    """
    n_tested, by_coefficient, by_joint = _candidates(within_hour, within_window, options)
    found = {(pair.a, pair.b): pair for pair in _adjusted(by_joint, n_tested, options, by_joint=True)}
    found |= {(pair.a, pair.b): pair for pair in _adjusted(by_coefficient, n_tested, options, by_joint=False)}
    groups = _attached(connected(found), within_hour, options)
    for pair in _completed(groups, found.keys(), within_window, options):
        found[pair.a, pair.b] = pair
    return n_tested, [found[key] for key in sorted(found)]


def connected(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, ...]]:
    """Return the connected components of the pairs, members ascending, the largest first."""
    root: dict[int, int] = {}

    def find(key: int) -> int:
        while root.setdefault(key, key) != key:
            key = root[key]
        return key

    for a, b in pairs:
        low, high = sorted((find(a), find(b)))
        root[high] = low
    members: dict[int, list[int]] = {}
    for key in sorted(root):
        members.setdefault(find(key), []).append(key)
    return sorted((tuple(group) for group in members.values()), key=lambda group: (-len(group), group))


def strength_of(r: float, options: CorrelationSettings) -> Strength:
    """Return the class of a corrected coefficient."""
    if r >= options.critical:
        return "critical"
    return "strong" if r >= options.strong else "moderate"


def together(rows: Bins) -> Bins:
    """Return the common signal of rows: their sum over the root of their number, NaN where none has a call."""
    here = (~np.isnan(rows)).sum(axis=0)
    signal: Bins = np.where(here > 0, np.nansum(rows, axis=0) / np.sqrt(np.maximum(here, 1)), np.nan)
    return signal


def masked_pearson(left: Bins, right: Bins) -> tuple[Bins, Bins]:
    """Return common bins and Pearson's r of every row of `left` with every row of `right`; NaN marks a missing bin."""
    x_here, y_here = ~np.isnan(left), ~np.isnan(right)
    x, y = np.where(x_here, left, 0.0), np.where(y_here, right, 0.0)
    x_mask, y_mask = x_here.astype(np.float64), y_here.astype(np.float64)
    n = x_mask @ y_mask.T
    x_sum, y_sum = x @ y_mask.T, x_mask @ y.T
    with np.errstate(invalid="ignore", divide="ignore"):
        x_square = (x * x) @ y_mask.T - x_sum * x_sum / n
        y_square = x_mask @ (y * y).T - y_sum * y_sum / n
        r = (x @ y.T - x_sum * y_sum / n) / np.sqrt(x_square * y_square)
    # Below this the common bins of one of the two are constant and r is a rounding error.
    r[~((x_square > 1e-9 * n) & (y_square > 1e-9 * n))] = np.nan
    return n, np.clip(r, -1.0, 1.0)


def _autocorrelation(values: Bins) -> NDArray[np.float64]:
    """Return the lag-1 autocorrelation of each row, over neighbouring bins that both exist, from 0 to 0.95."""
    centred = values - np.nanmean(values, axis=1, keepdims=True)
    products = centred[:, 1:] * centred[:, :-1]
    known = ~np.isnan(products)
    n = known.sum(axis=1)
    variance = np.nanmean(centred**2, axis=1)
    lag1 = np.where(known, products, 0.0).sum(axis=1) / np.maximum(n, 1) / np.maximum(variance, TINY)
    clipped: NDArray[np.float64] = np.clip(np.where(n >= 10, lag1, 0.0), 0.0, MAX_AUTOCORRELATION)
    return clipped


def _candidates(
    within_hour: Bins, within_window: Bins, options: CorrelationSettings
) -> tuple[int, list[_Block], list[_Block]]:
    """Return how many pairs were tested, and those that either rule may find, block by block."""
    lag1 = _autocorrelation(within_hour)
    hot = (np.nan_to_num(within_window) >= options.slow_bin_z).astype(np.float64)
    here = (~np.isnan(within_window)).astype(np.float64)
    tested = 0
    by_coefficient, by_joint = [], []
    for start in range(0, len(within_hour), BLOCK):
        rows = slice(start, start + BLOCK)
        n, r = masked_pearson(within_hour[rows], within_hour[start:])
        later = np.arange(n.shape[1])[None, :] > np.arange(n.shape[0])[:, None]
        testable = later & (n >= options.min_common_bins) & ~np.isnan(r)
        tested += int(testable.sum())
        shared = lag1[rows, None] * lag1[None, start:]
        effective = n * (1 - shared) / (1 + shared)
        joint = hot[rows] @ hot[start:].T

        a, b = np.nonzero(testable & (r > 0))
        p = _coefficient_p(r[a, b], effective[a, b])
        kept = p <= max(CANDIDATE_P, options.fdr)
        a, b, p = a[kept], b[kept], p[kept]
        by_coefficient.append(_Block(a + start, b + start, r[a, b], effective[a, b], joint[a, b].astype(np.int64), p))

        first, second = hot[rows] @ here[start:].T, here[rows] @ hot[start:].T
        frequent = joint >= np.maximum(options.min_joint_bins, options.min_lift * first * second / np.maximum(n, 1))
        a, b = np.nonzero(testable & frequent)
        p = stats.hypergeom.sf(joint[a, b] - 1, n[a, b], first[a, b], second[a, b])
        by_joint.append(_Block(a + start, b + start, r[a, b], effective[a, b], joint[a, b].astype(np.int64), p))
    return tested, by_coefficient, by_joint


def _coefficient_p(r: NDArray[np.float64], effective_n: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the one-sided p-value of Pearson's r, Student's t with ``effective_n - 2`` degrees of freedom."""
    freedom = np.maximum(effective_n - 2, 1.0)
    t = r * np.sqrt(freedom / np.maximum(1 - r * r, 1e-15))
    p: NDArray[np.float64] = special.stdtr(freedom, -t)
    return p


def _adjusted(blocks: list[_Block], n_tested: int, options: CorrelationSettings, *, by_joint: bool) -> list[Found]:
    row, column, r, n, joint, p = (
        np.concatenate([getattr(block, name) for block in blocks])
        for name in ("row", "column", "r", "effective_n", "joint", "p")
    )
    q = benjamini_hochberg(p, n_tests=n_tested)
    if by_joint:
        kept = q <= options.co_exceedance_fdr
    else:
        # values that rise and fall together without ever being slow together are a shared wobble, no bottleneck
        kept = (q <= options.fdr) & (r >= options.min_corrected) & (joint >= 1)
    return [
        Found(
            a=int(row[i]),
            b=int(column[i]),
            r=float(r[i]),
            effective_n=float(n[i]),
            joint=int(joint[i]),
            p=float(p[i]),
            q=float(q[i]),
            strength="co-exceedance" if by_joint else strength_of(float(r[i]), options),
        )
        for i in np.flatnonzero(kept)
    ]


def _attached(groups: list[tuple[int, ...]], within_hour: Bins, options: CorrelationSettings) -> list[tuple[int, ...]]:
    """Return the groups with those outsiders that move with a group's common signal.

    One row against the sum of several is a far sharper test than one against one, and there are far fewer of them.
    An outsider joins the group it fits best.
    """
    if not groups:
        return []
    signals = np.vstack([together(within_hour[list(group)]) for group in groups])
    outside = np.setdiff1d(np.arange(len(within_hour)), np.concatenate([np.array(group) for group in groups]))
    n, r = masked_pearson(within_hour[outside], signals)
    shared = _autocorrelation(within_hour)[outside, None] * _autocorrelation(signals)[None, :]
    p = _coefficient_p(r, n * (1 - shared) / (1 + shared))
    p[n < options.min_common_bins] = np.nan
    q = benjamini_hochberg(p.ravel()).reshape(p.shape)
    fits = np.where((q <= options.fdr) & (r >= options.min_corrected), r, -np.inf)
    grown = [list(group) for group in groups]
    for number, row in enumerate(outside):
        if np.isfinite(fits[number]).any():
            grown[int(np.argmax(fits[number]))].append(int(row))
    return [tuple(sorted(group)) for group in grown]


def _completed(
    groups: list[tuple[int, ...]],
    known: Iterable[tuple[int, int]],
    within_window: Bins,
    options: CorrelationSettings,
) -> list[Found]:
    """Return further pairs inside the groups, adjusted for the tests inside groups only.

    That a group slows together is established; which of its members do is a second, smaller question. It is asked
    of the values that keep slow hours, because rhythm alone has not made a group.
    """
    lag1 = _autocorrelation(within_window)
    hot = np.nan_to_num(within_window) >= options.slow_bin_z
    seen = set(known)
    questions = []
    for group in groups:
        rows = np.array(group)
        n, r = masked_pearson(within_window[rows], within_window[rows])
        for i, j in zip(*np.triu_indices(len(group), 1), strict=True):
            a, b = group[i], group[j]
            if (a, b) not in seen and n[i, j] >= options.min_common_bins and not np.isnan(r[i, j]):
                shared = lag1[a] * lag1[b]
                questions.append((a, b, float(r[i, j]), float(n[i, j] * (1 - shared) / (1 + shared))))
    if not questions:
        return []
    p = _coefficient_p(np.array([item[2] for item in questions]), np.array([item[3] for item in questions]))
    q = benjamini_hochberg(p)
    return [
        Found(a, b, r, n, int((hot[a] & hot[b]).sum()), float(p[i]), float(q[i]), strength_of(r, options))
        for i, (a, b, r, n) in enumerate(questions)
        if q[i] <= options.co_exceedance_fdr and r >= options.min_corrected
    ]
