"""Flags at the published limits, and what follows from each."""

import pytest

from wealthloop.scoring import CONSEQUENCES, Feeds, Flag, feeds_of, flags_of, may_feed
from wealthloop.scoring.measure import Slope

FINE = Slope(estimate=1.0, low=0.9, high=1.1)


@pytest.mark.parametrize(
    ("positives", "auc", "flags"),
    [
        (0, 0.7, (Flag.NO_POSITIVES,)),
        (1, 0.7, (Flag.IMMATURE,)),
        (199, 0.95, (Flag.IMMATURE,)),
        (200, 0.7, (Flag.GOOD,)),
        (200, 0.50, (Flag.STUCK,)),
        (200, None, (Flag.STUCK,)),
        (200, 0.49, (Flag.LOW,)),
        (200, 0.5199, (Flag.LOW,)),
        (200, 0.52, (Flag.GOOD,)),
        (200, 0.90, (Flag.GOOD,)),
        (200, 0.9001, (Flag.LEAK_SUSPECTED,)),
    ],
)
def test_flags_follow_the_published_limits(positives: int, auc: float | None, flags: tuple[Flag, ...]) -> None:
    assert flags_of(positives=positives, trained=True, auc=auc, slope=FINE, psi=0.1) == flags


@pytest.mark.parametrize(("psi", "drifted"), [(None, False), (0.25, False), (0.2501, True)])
def test_psi_above_a_quarter_is_drift(psi: float | None, *, drifted: bool) -> None:
    assert (Flag.DRIFTED in flags_of(positives=500, trained=True, auc=0.7, slope=FINE, psi=psi)) is drifted


@pytest.mark.parametrize(
    ("low", "high", "drifted"),
    [(0.5, 0.79, True), (0.5, 0.81, False), (1.26, 1.6, True), (1.24, 1.6, False), (0.2, 2.0, False)],
)
def test_a_slope_is_drift_when_its_interval_is_outside(low: float, high: float, *, drifted: bool) -> None:
    slope = Slope(estimate=(low + high) / 2, low=low, high=high)
    assert (Flag.DRIFTED in flags_of(positives=500, trained=True, auc=0.7, slope=slope)) is drifted


def test_a_leak_and_drift_are_both_named() -> None:
    flags = flags_of(positives=500, trained=True, auc=0.97, slope=FINE, psi=0.9)
    assert flags == (Flag.LEAK_SUSPECTED, Flag.DRIFTED)


def test_many_positives_without_a_model_are_stuck() -> None:
    assert flags_of(positives=5_000, trained=False, auc=None) == (Flag.STUCK,)
    assert flags_of(positives=5, trained=False, auc=None) == (Flag.IMMATURE,)


@pytest.mark.parametrize(
    ("flag", "feeds"),
    [
        (Flag.GOOD, "full"),
        (Flag.IMMATURE, "ramp"),
        (Flag.NO_POSITIVES, "none"),
        (Flag.STUCK, "none"),
        (Flag.LOW, "none"),
        (Flag.LEAK_SUSPECTED, "none"),
        (Flag.DRIFTED, "none"),
    ],
)
def test_only_good_models_feed_fully_and_immature_ones_the_ramp(flag: Flag, feeds: Feeds) -> None:
    assert may_feed(flag) == feeds


def test_every_flag_has_its_consequence_in_both_languages() -> None:
    assert set(CONSEQUENCES) == set(Flag)
    assert all(consequence.zh and consequence.en for consequence in CONSEQUENCES.values())


def test_the_strictest_flag_decides() -> None:
    assert feeds_of((Flag.IMMATURE, Flag.DRIFTED)) == "none"
    assert feeds_of((Flag.GOOD, Flag.IMMATURE)) == "ramp"
    assert feeds_of((Flag.GOOD,)) == "full"
