"""Made-up series like those that people label: servers, roads, machines, typists; spikes, intervals, steps.

Each kind is one operation over two to five weeks with a known truth, at even or irregular spacing. Durations are a
level times a rhythm of day and week times noise, often autocorrelated, times what is labelled. Everything is seeded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

START_DAY = 20_514
"""2026-03-02, a Monday, in days since the Unix epoch."""
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
MARGIN_H = 1.0
"""People label an event with some room about it."""

Int = NDArray[np.int64]
Float = NDArray[np.float64]


@dataclass(frozen=True)
class Series:
    """Calls of one operation and what is known of them.

    Parameters
    ----------
    at_h : ndarray, shape (n,)
        Starts, hours since the first midnight, ascending.
    log_ms : ndarray, shape (n,)
        ln(duration in milliseconds).
    labels : tuple of (float, float)
        Intervals in which something was wrong, in hours.
    """

    at_h: Float
    log_ms: Float
    labels: tuple[tuple[float, float], ...] = ()

    def slowed(self, start_h: float, hours: float, factor: float, *, share: float = 1.0, seed: int = 0) -> Series:
        """Return the series with a labelled interval in which calls, or a share of them, take longer."""
        hit = (self.at_h >= start_h) & (self.at_h < start_h + hours)
        hit &= np.random.default_rng([seed, int(start_h)]).random(hit.size) < share
        label = (start_h - MARGIN_H, start_h + hours + MARGIN_H)
        return replace(self, log_ms=self.log_ms + hit * np.log(factor), labels=(*self.labels, label))

    def stepped(self, start_h: float, factor: float, *, label_h: float = 24.0) -> Series:
        """Return the series with another level from an instant on; its first day is labelled."""
        moved = (self.at_h >= start_h) * np.log(factor)
        label = (start_h - MARGIN_H, start_h + label_h)
        return replace(self, log_ms=self.log_ms + moved, labels=(*self.labels, label))

    @property
    def started_us(self) -> Int:
        return START_DAY * DAY_US + np.rint(self.at_h * 3600).astype(np.int64) * 1_000_000

    @property
    def durations_ms(self) -> Float:
        return np.maximum(np.round(np.exp(self.log_ms), 3), 0.001)

    @property
    def days(self) -> int:
        return int(np.ceil(self.at_h[-1] / 24 - 1e-9))


def even(days: int, minutes: float) -> Float:
    return np.arange(0, days * 24, minutes / 60)


def irregular(rng: np.random.Generator, days: int, per_day: float, *, night: float = 1.0) -> Float:
    """Return starts by chance, at night (22 to 6) so many times as dense, whole seconds apart."""
    at = np.sort(rng.random(rng.poisson(days * per_day)) * days * 24)
    at = at[rng.random(at.size) < np.where((at % 24 < 6) | (at % 24 >= 22), night, 1.0)]
    return np.unique(np.rint(at * 3600)) / 3600


def wander(rng: np.random.Generator, n: int, phi: float, sd: float) -> Float:
    """Return a first-order autoregressive series of the given deviation."""
    steps = rng.normal(0, sd * np.sqrt(1 - phi**2), n)
    steps[0] = rng.normal(0, sd)
    found = np.empty(n)
    found[0] = steps[0]
    for i in range(1, n):
        found[i] = phi * found[i - 1] + steps[i]
    return found


def spiked(rng: np.random.Generator, log_ms: Float, share: float, low: float, high: float) -> Float:
    """Return the series with lone spikes that belong to it."""
    hit = rng.random(log_ms.size) < share
    return log_ms + hit * np.log(rng.uniform(low, high, log_ms.size))


def daily(at_h: Float, amplitude: float, peak_h: float = 14.0) -> Float:
    return amplitude * np.cos((at_h - peak_h) / 24 * 2 * np.pi)


def weekend(at_h: Float) -> NDArray[np.bool_]:
    return at_h // 24 % 7 >= 5


def steady_service(rng: np.random.Generator) -> Series:
    at = even(16, 5)
    log = np.log(45) + rng.normal(0, 0.04, at.size)
    made = Series(at, spiked(rng, log, 0.008, 1.5, 3.0))
    return made.slowed(24 * 9 + 3.5, 3, 1.6).slowed(24 * 13 + 17, 1.5, 2.2)


def spiky_service(rng: np.random.Generator) -> Series:
    at = even(18, 5)
    log = np.log(2.0) + rng.normal(0, 0.12, at.size)
    made = Series(at, spiked(rng, log, 0.03, 2, 12))
    return made.slowed(24 * 10 + 11, 8, 6, share=0.5).slowed(24 * 15 + 2, 4, 3)


def nightly_job(rng: np.random.Generator) -> Series:
    at = even(21, 5)
    log = np.log(30) + rng.normal(0, 0.1, at.size) + daily(at, 0.15)
    log = log + ((at % 24 >= 2) & (at % 24 < 2 + 1 / 3)) * (np.log(4) + rng.normal(0, 0.1, at.size))
    return Series(at, log).slowed(24 * 12 + 15, 2, 3.5).slowed(24 * 17 + 2, 3, 4)


def backups(rng: np.random.Generator) -> Series:
    """Return a server that is slow for ten minutes every six hours, and for 40 minutes on Sundays."""
    at = even(24, 5)
    log = np.log(12) + rng.normal(0, 0.15, at.size)
    log += (at % 6 < 0.25) * rng.normal(np.log(2.5), 0.2, at.size)
    log += ((at // 24 % 7 == 6) & (at % 24 >= 3) & (at % 24 < 3.7)) * np.log(5)
    return Series(at, log).slowed(24 * 15 + 9, 3, 3).slowed(24 * 19 + 13, 1, 8)


def quiet_weekends(rng: np.random.Generator) -> Series:
    at = even(28, 10)
    log = np.log(80) + daily(at, 0.35) - 0.45 * weekend(at) + wander(rng, at.size, 0.7, 0.12)
    return Series(at, log).slowed(24 * 16 + 10, 5, 1.9).slowed(24 * 22 + 20, 6, 1.9)


def busy_weekends(rng: np.random.Generator) -> Series:
    """Return what is slower on Saturdays and Sundays, and has the heavier tail then."""
    at = even(28, 10)
    log = np.log(120) + daily(at, 0.25) + 0.35 * weekend(at) + rng.normal(0, 0.12, at.size)
    log += weekend(at) * (rng.random(at.size) < 0.1) * rng.exponential(0.5, at.size)
    return Series(at, log).slowed(24 * 17 + 13, 4, 2.2).slowed(24 * 23, 24, 1.6)


def wandering_load(rng: np.random.Generator) -> Series:
    at = even(21, 5)
    log = np.log(40) + wander(rng, at.size, 0.9, 0.3)
    return Series(at, log).slowed(24 * 11 + 8, 4, 4).slowed(24 * 17 + 19, 6, 3.5)


def slow_wander(rng: np.random.Generator) -> Series:
    at = even(21, 5)
    log = np.log(25) + daily(at, 0.3) + wander(rng, at.size, 0.97, 0.2) + rng.normal(0, 0.08, at.size)
    return Series(at, log).slowed(24 * 12 + 6, 5, 3).slowed(24 * 18 + 1, 8, 2.5)


def deployed(rng: np.random.Generator) -> Series:
    """Return a level that steps up for good."""
    at = even(21, 5)
    log = np.log(18) + daily(at, 0.1) + wander(rng, at.size, 0.6, 0.1)
    return Series(at, spiked(rng, log, 0.01, 1.5, 3)).stepped(24 * 11 + 10, 1.8)


def machine(rng: np.random.Generator) -> Series:
    at = even(28, 5)
    log = np.log(85) + wander(rng, at.size, 0.995, 0.05) + rng.normal(0, 0.01, at.size)
    ramp = np.clip((at - 24 * 19) / 20, 0, 1) * (at < 24 * 20 + 14) * np.log(1.5)
    made = Series(at, log + ramp).slowed(24 * 13 + 4, 10, 1.35)
    return replace(made, labels=(*made.labels, (24 * 19 - MARGIN_H, 24 * 20 + 14 + MARGIN_H)))


def road(rng: np.random.Generator) -> Series:
    """Return travel times: rush hours on weekdays, 10 to 20 minutes apart with holes at night, a heavy tail."""
    at = irregular(rng, 35, 90, night=0.4)
    hour = at % 24
    rush = np.exp(-((hour - 8) ** 2) / 2) * 0.7 + np.exp(-((hour - 17) ** 2) / 4) * 0.9
    log = np.log(300) + rush * ~weekend(at) + rng.normal(0, 0.15, at.size) + rng.exponential(0.12, at.size)
    made = Series(at, spiked(rng, log, 0.005, 2, 4))
    return made.slowed(24 * 16 + 6, 12, 2.2).slowed(24 * 26 + 10, 9, 2.0).slowed(24 * 31 + 12, 5, 3)


def rides(rng: np.random.Generator) -> Series:
    """Return half-hourly counts of a city: strong day and week, one loud night, one loud day."""
    at = even(35, 30)
    hour = at % 24
    log = np.log(15000) + daily(at, 0.7, 18) - 0.5 * np.exp(-((hour - 4.5) ** 2) / 4)
    log += weekend(at) * (0.5 * np.exp(-((hour - 1.5) ** 2) / 5) - 0.3 * np.exp(-((hour - 8) ** 2) / 4))
    log += rng.normal(0, 0.06, at.size)
    return Series(at, log).slowed(24 * 17 + 0.5, 5, 2.2).slowed(24 * 24 + 8, 15, 1.45)


def keystrokes(rng: np.random.Generator) -> Series:
    """Return how long somebody holds keys: irregular, noisy, with gaps; another person types for a while."""
    at = irregular(rng, 16, 140, night=0.05)
    log = np.log(95) + rng.normal(0, 0.25, at.size) + 0.1 * np.sin(at / 9)
    return Series(at, log).slowed(24 * 9 + 8, 9, 1.6).slowed(24 * 13 + 8, 24, 1.4)


def hourly_traffic(rng: np.random.Generator) -> Series:
    at = even(35, 60)
    log = np.log(500) + daily(at, 0.5) - 0.25 * weekend(at) + rng.normal(0, 0.08, at.size)
    made = Series(at, log).slowed(24 * 15 + 3, 2, 2.2).slowed(24 * 22 + 15, 1, 3)
    return made.stepped(24 * 29 + 6, 1.5)


def hourly_trend(rng: np.random.Generator) -> Series:
    at = even(35, 60)
    log = np.log(200) + at / 24 * 0.012 + daily(at, 0.3) + rng.normal(0, 0.1, at.size)
    return Series(at, log).slowed(24 * 13 + 20, 1, 4).slowed(24 * 25 + 7, 3, 2.5)


def request_log(rng: np.random.Generator) -> Series:
    """Return requests by chance with a heavy tail; an incident, and a day of many slow ones."""
    at = irregular(rng, 16, 1000, night=0.5)
    log = np.log(22) + daily(at, 0.2) + rng.normal(0, 0.3, at.size)
    slow = rng.random(at.size) < 0.04
    log += slow * rng.exponential(0.8, at.size)
    return Series(at, log).slowed(24 * 10 + 14, 1.5, 4).slowed(24 * 14, 24, 5, share=0.06)


def nothing_square(rng: np.random.Generator) -> Series:
    """Return two levels a day, as schedulers make them; nothing is wrong."""
    at = even(16, 5)
    return Series(at, np.log(20) + ((at % 24 >= 9) & (at % 24 < 18)) * np.log(4) + rng.normal(0, 0.05, at.size))


def nothing_noisy(rng: np.random.Generator) -> Series:
    at = even(16, 5)
    return Series(at, spiked(rng, np.log(20) + rng.normal(0, 0.5, at.size), 0.01, 2, 10))


KINDS: dict[str, Callable[[np.random.Generator], Series]] = {
    made.__name__: made
    for made in (
        steady_service,
        spiky_service,
        nightly_job,
        backups,
        quiet_weekends,
        busy_weekends,
        wandering_load,
        slow_wander,
        deployed,
        machine,
        road,
        rides,
        keystrokes,
        hourly_traffic,
        hourly_trend,
        request_log,
        nothing_square,
        nothing_noisy,
    )
}


def make(kind: str, seed: int) -> Series:
    """Return a series of a kind; the same for the same seed."""
    return KINDS[kind](np.random.default_rng([seed, list(KINDS).index(kind)]))
