"""Synthetic fleets of operations with known truth, for measuring detectors.

A fleet is 33 operations with 3,000 down to 91 or 5 calls a day, seven baseline days and one judged day. Durations are
a typical value times a daily rhythm, times a slow independent variation (3 % from day to day, 4 % from hour to hour),
times noise of one of four families: log-normal, gamma, log-normal with a Pareto tail, and log-normal where 3 % of the
calls take a path about three times slower. Every draw comes from a seeded generator.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000
START_DAY = 20_514
"""2026-03-02, a Monday, in days since the Unix epoch."""
BASE_DAYS = 7
JUDGED_START_US = (START_DAY + BASE_DAYS) * DAY_US
WINDOW_END_US = JUDGED_START_US + DAY_US
N_OPERATIONS = 33
PARETO_TAIL = 0.35
"""Mean of the exponential part of ln(duration): a Pareto tail of index 2.9."""
CATEGORIES = ("READ", "WRITE", "ADMIN")

Tails = Literal["lognormal", "gamma", "pareto", "two_paths", "ordinary", "mixed"]
Volumes = Literal["zipf", "steep", "ladder"]
FAMILIES = ("lognormal", "gamma", "pareto", "two_paths")
ORDINARY = FAMILIES[:3]
"""Families with one peak; a slow path of 3 % of the calls is what no tail of a single distribution prepares for."""
Int = NDArray[np.int64]
Float = NDArray[np.float64]


@dataclass(frozen=True)
class Operation:
    """The truth about one operation; `rhythm` is the amplitude of the day in ln units."""

    number: int
    category: str
    calls_per_day: float
    typical_us: float
    family: str
    spread: float
    rhythm: float
    phase_h: float

    def noise(self, rng: np.random.Generator, n: int) -> Float:
        """Return ln of the noise factor, median about 0."""
        if self.family == "gamma":
            return np.log(rng.gamma(self.spread, 1.0, n) / stats.gamma.median(self.spread))
        body = rng.normal(0.0, self.spread, n)
        if self.family == "pareto":
            return body + rng.exponential(PARETO_TAIL, n) - self._pareto_median()
        if self.family == "two_paths":
            slow = rng.random(n) < 0.03
            body[slow] += rng.normal(1.0, 0.6, int(slow.sum()))
        return body

    def tail_probability(self, y: Float) -> Float:
        """Return the true probability of a noise above y: what an oracle knows."""
        if self.family == "gamma":
            return stats.gamma.sf(np.exp(y) * stats.gamma.median(self.spread), self.spread)
        if self.family == "pareto":
            return stats.exponnorm.sf(y + self._pareto_median(), PARETO_TAIL / self.spread, scale=self.spread)
        body = stats.norm.sf(y, scale=self.spread)
        if self.family == "two_paths":
            wide = float(np.hypot(self.spread, 0.6))
            return 0.97 * body + 0.03 * stats.norm.sf(y - 1.0, scale=wide)
        return body

    def _pareto_median(self) -> float:
        return float(stats.exponnorm.median(PARETO_TAIL / self.spread, scale=self.spread))


@dataclass(frozen=True)
class Series:
    """Calls of one operation, baseline and judged day together, in order of start.

    `noise` is the ln noise factor that was drawn, after any fault; `anomalous` is the truth.
    """

    operation: Operation
    started_us: Int
    durations_us: Int
    noise: Float
    anomalous: NDArray[np.bool_]

    @property
    def judged(self) -> NDArray[np.bool_]:
        return self.started_us >= JUDGED_START_US

    def slowed(self, where: NDArray[np.bool_], factor: float | Float, *, anomalous: bool) -> Series:
        """Return the series with some calls slower by a factor."""
        added = np.zeros(self.started_us.size)
        added[where] = np.log(factor)
        return replace(
            self,
            durations_us=np.maximum(np.rint(self.durations_us * np.exp(added)), 1).astype(np.int64),
            noise=self.noise + added,
            anomalous=self.anomalous | where if anomalous else self.anomalous,
        )


def fleet(
    rng: np.random.Generator,
    *,
    tails: Tails = "mixed",
    rhythm: tuple[float, float] = (0.05, 0.3),
    shared_phase: bool = False,
    volumes_by: Volumes = "zipf",
) -> list[Operation]:
    """Return 33 operations; their volumes are dealt out at random.

    "zipf" is 3,000 calls a day over the rank, from 3,000 to 91; "steep" falls with a power of the rank that ends at 5,
    so that half of the operations make fewer than 17 calls a day; "ladder" falls geometrically from 3,000 to 5.
    """
    rank = np.arange(1, N_OPERATIONS + 1)
    steepness = np.log(600) / np.log(N_OPERATIONS)
    volumes = rng.permutation(
        {
            "zipf": 3000 / rank,
            "steep": 3000 / rank**steepness,
            "ladder": np.geomspace(3000, 5, N_OPERATIONS),
        }[volumes_by]
    )
    operations = []
    for number in range(N_OPERATIONS):
        family = {"mixed": FAMILIES[number % 4], "ordinary": ORDINARY[number % 3]}.get(tails, tails)
        spread = rng.uniform(2.0, 8.0) if family == "gamma" else rng.uniform(0.2, 0.45)
        operations.append(
            Operation(
                number=number,
                category=CATEGORIES[number // 4 % 3],
                calls_per_day=float(volumes[number]),
                typical_us=float(np.exp(rng.uniform(np.log(500), np.log(200_000)))),
                family=family,
                spread=float(spread),
                rhythm=float(rng.uniform(*rhythm)),
                phase_h=14.0 if shared_phase else float(rng.uniform(0, 24)),
            )
        )
    return operations


def healthy(rng: np.random.Generator, operation: Operation, *, days: int = BASE_DAYS + 1) -> Series:
    """Return calls of an operation to which nothing happens, ending with the judged day."""
    n = int(rng.poisson(operation.calls_per_day * days))
    start = WINDOW_END_US - days * DAY_US
    proposals = np.sort(rng.random(4 * n + 50) * days * DAY_US)
    busy = 0.6 + 0.4 * np.cos(2 * np.pi * (proposals / HOUR_US - 14) / 24)
    kept = np.flatnonzero(rng.random(proposals.size) < busy)
    started = start + np.sort(rng.permutation(proposals[kept])[:n]).astype(np.int64)
    day = (started - start) // DAY_US
    hour = (started - start) // HOUR_US
    variation = rng.normal(0, 0.03, days)[day] + rng.normal(0, 0.04, 24 * days)[hour]
    rhythm = operation.rhythm * np.cos(2 * np.pi * (started % DAY_US / HOUR_US - operation.phase_h) / 24)
    noise = operation.noise(rng, started.size)
    durations = np.maximum(np.rint(operation.typical_us * np.exp(rhythm + variation + noise)), 1).astype(np.int64)
    return Series(operation, started, durations, noise, np.zeros(started.size, dtype=np.bool_))


def spikes(rng: np.random.Generator, series: Series, *, share: float = 0.01) -> Series:
    """Slow a share of the judged day's calls, each alone, by 3, 5 or 10."""
    hit = series.judged & (rng.random(series.started_us.size) < share)
    return series.slowed(hit, rng.choice([3.0, 5.0, 10.0], int(hit.sum())), anomalous=True)


def few_samples(rng: np.random.Generator, operation: Operation) -> Series:
    """Keep 5 to 30 baseline calls and at most 40 judged ones, a tenth of which is 5 times slower."""
    series = healthy(rng, replace(operation, calls_per_day=max(operation.calls_per_day, 60.0)))
    base = rng.permutation(np.flatnonzero(~series.judged))[: int(rng.integers(5, 31))]
    day = rng.permutation(np.flatnonzero(series.judged))[:40]
    kept = np.sort(np.concatenate([base, day]))
    few = replace(
        series,
        started_us=series.started_us[kept],
        durations_us=series.durations_us[kept],
        noise=series.noise[kept],
        anomalous=series.anomalous[kept],
    )
    return few.slowed(few.judged & (rng.random(kept.size) < 0.1), 5.0, anomalous=True)


def masking(rng: np.random.Generator, series: Series, *, share: float) -> Series:
    """Slow a large share of the judged day's calls by 5."""
    return series.slowed(series.judged & (rng.random(series.started_us.size) < share), 5.0, anomalous=True)


def bad_day(rng: np.random.Generator, series: Series) -> Series:
    """Slow one whole baseline day by 3; the judged day has 3 % of calls 5 times slower."""
    day = JUDGED_START_US - int(rng.integers(1, BASE_DAYS + 1)) * DAY_US
    on_it = (series.started_us >= day) & (series.started_us < day + DAY_US)
    return masking(rng, series.slowed(on_it, 3.0, anomalous=False), share=0.03)


def incident(rng: np.random.Generator, series: Series) -> Series:
    """Slow two hours of the judged day by 4."""
    start = JUDGED_START_US + int(rng.integers(0, 22 * HOUR_US))
    during = (series.started_us >= start) & (series.started_us < start + 2 * HOUR_US)
    return series.slowed(during, 4.0, anomalous=True)


def level_shift(series: Series, *, days: int, change: float) -> Series:
    """Slow everything in the newest days by a fraction."""
    return series.slowed(series.started_us >= WINDOW_END_US - days * DAY_US, 1 + change, anomalous=True)


def tail_only(rng: np.random.Generator, series: Series, *, days: int, share: float, factor: float) -> Series:
    """Slow a share of the calls of the newest days by a factor: q95 and q99 move, the median stays."""
    newest = series.started_us >= WINDOW_END_US - days * DAY_US
    return series.slowed(newest & (rng.random(series.started_us.size) < share), factor, anomalous=True)


def shared_variation(rng: np.random.Generator, fleet_of: list[Series], *, sd: float) -> list[Series]:
    """Let every hour be slower or faster for all operations alike, by a random factor of sd in ln units."""
    variation = rng.normal(0.0, sd, 24 * (BASE_DAYS + 1))
    everywhere = [np.ones(series.started_us.size, dtype=np.bool_) for series in fleet_of]
    hours = [(series.started_us - (WINDOW_END_US - (BASE_DAYS + 1) * DAY_US)) // HOUR_US for series in fleet_of]
    return [
        series.slowed(where, np.exp(variation[hour]), anomalous=False)
        for series, where, hour in zip(fleet_of, everywhere, hours, strict=True)
    ]


def drift(series: Series, *, change: float) -> Series:
    """Let the operation slow steadily, by a fraction over the newest seven days."""
    age = np.clip((series.started_us - (WINDOW_END_US - 7 * DAY_US)) / (7 * DAY_US), 0, 1)
    return series.slowed(age > 0, (1 + change) ** age[age > 0], anomalous=True)


def bottleneck(
    rng: np.random.Generator,
    members: list[Series],
    *,
    factor: float = 3.0,
    episodes: int = 6,
    minutes: tuple[float, float] = (10, 40),
) -> list[Series]:
    """Slow all members together, in some episodes of the judged day."""
    starts = JUDGED_START_US + rng.integers(0, DAY_US - 3 * HOUR_US, episodes)
    lengths = rng.uniform(*minutes, episodes) * 60_000_000
    slowed = []
    for series in members:
        during = np.zeros(series.started_us.size, dtype=np.bool_)
        for start, length in zip(starts, lengths, strict=True):
            during |= (series.started_us >= start) & (series.started_us < start + length)
        slowed.append(series.slowed(during, factor, anomalous=True))
    return slowed
