"""How likely a slow-down alerts, against what Poisson and normal distributions say of calls that come at random."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from oplatency.settings import PointSettings
from oplatency.stats.alert_power import alert_share, smallest_alerting
from oplatency.stats.cusum import GROUP_GAP_MINUTES
from oplatency.stats.points import Profile

SCALE = 0.25
BY_ITSELF = PointSettings(alert_z=12.0, alert_calls=10_000)
"""Only a call far beyond the limits alerts: no chain is long enough."""
IN_PAIRS = PointSettings(alert_z=1000.0, alert_calls=2)


def profile(per_hour: float) -> Profile:
    return Profile(round(per_hour * 24 * 7), 7, True, np.zeros(24), 9.0, SCALE, SCALE)


def near(share: float) -> object:
    """Return what equals a share within three standard errors of 64 trials."""
    return pytest.approx(share, abs=3 * math.sqrt(max(share * (1 - share), 0.02) / 64))


@pytest.mark.parametrize("mean", [0.3, 1.0, 3.0])
def test_an_enormous_slow_down_alerts_where_anything_is_called_at_all(mean: float) -> None:
    assert alert_share(profile(mean), 900.0, hours=1, options=BY_ITSELF) == near(1 - math.exp(-mean))
    assert alert_share(profile(mean / 4), 900.0, hours=4, options=BY_ITSELF) == near(1 - math.exp(-mean))


@pytest.mark.parametrize("z", [10.5, 11.5, 12.5])
def test_single_calls_alert_as_often_as_their_noise_lifts_them_over_the_limit(z: float) -> None:
    thinned = 1.5 * stats.norm.sf(BY_ITSELF.alert_z - z)
    assert alert_share(profile(1.5), math.expm1(z * SCALE), hours=1, options=BY_ITSELF) == near(1 - math.exp(-thinned))


def test_calls_of_different_slow_downs_form_no_chain() -> None:
    pair = 1 - math.exp(-0.4) * 1.4
    assert alert_share(profile(0.4), math.expm1(6 * SCALE), hours=1, options=IN_PAIRS) == near(pair)


def test_calls_far_apart_form_no_chain() -> None:
    # No two of n points of an interval lie closer than a share g of it with probability (1 - (n - 1) g)^n.
    gap = GROUP_GAP_MINUTES / (8 * 60)
    alone = sum(stats.poisson.pmf(n, 2.0) * max(0.0, 1 - max(n - 1, 0) * gap) ** n for n in range(40))
    assert alert_share(profile(0.25), math.expm1(6 * SCALE), hours=8, options=IN_PAIRS) == near(1 - alone)


def test_nothing_alerts_where_nothing_is_slow() -> None:
    assert alert_share(profile(4.0), 0.0, hours=2, options=PointSettings()) <= 1 / 64


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_the_smallest_slow_down_is_where_the_share_is_reached(share: float) -> None:
    busy, options = profile(20.0), PointSettings()
    least = smallest_alerting(busy, hours=2, share=share, options=options)
    assert least is not None
    assert alert_share(busy, least, hours=2, options=options) >= share
    assert alert_share(busy, least * 0.97 - 0.02, hours=2, options=options) < share
    assert smallest_alerting(profile(0.01), hours=2, share=share, options=options) is None


def test_a_slow_down_must_have_the_effect_that_is_asked_for() -> None:
    # either is far above the limits in z; 15 % is less than what is asked for
    options = PointSettings(min_effect=0.2, scale_floor=0.01, alert_z=4.0, alert_calls=10_000)
    narrow = Profile(7 * 24, 7, True, np.zeros(24), 9.0, 0.01, 0.01)
    assert alert_share(narrow, 0.15, hours=1, options=options) == 0.0
    assert alert_share(narrow, 0.3, hours=1, options=options) == near(1 - math.exp(-1))
