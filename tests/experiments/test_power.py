"""Power."""

import numpy as np
import pytest
from statsmodels.stats.power import NormalIndPower, normal_power_het
from statsmodels.stats.proportion import power_proportions_2indep

from wealthloop.errors import InvalidInput
from wealthloop.experiments import (
    Design,
    Effect,
    Spread,
    Trial,
    always_valid_effect,
    binary_spread,
    detectable_effect,
    needed_n,
)

ONCE = Design(always_valid=False)


@pytest.mark.parametrize("share", [0.5, 0.8, 0.2])
@pytest.mark.parametrize("power", [0.8, 0.9])
def test_needed_units_of_a_continuous_outcome_agree_with_statsmodels(share: float, power: float) -> None:
    design = Design(share=share, power=power, always_valid=False)
    ours = needed_n(0.3, Spread(treated=2.0, control=2.0), design)
    control = NormalIndPower().solve_power(0.15, alpha=0.05, power=power, ratio=share / (1 - share))
    assert ours.control == pytest.approx(control, abs=1)


RATES = [(0.05, 0.02), (0.2, -0.05), (0.01, 0.01)]


@pytest.mark.parametrize(("base", "effect"), RATES)
def test_needed_units_of_a_binary_outcome_have_the_power_that_statsmodels_computes(base: float, effect: float) -> None:
    needed = needed_n(effect, binary_spread(base, effect), ONCE)
    power = power_proportions_2indep(effect, base, needed.treated, alternative="two-sided", return_results=False)
    assert power == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize(("base", "effect"), RATES)
@pytest.mark.parametrize("share", [0.8, 0.3])
def test_needed_units_of_unequal_arms_have_the_power_that_statsmodels_computes_unpooled(
    base: float, effect: float, share: float
) -> None:
    needed = needed_n(effect, binary_spread(base, effect), Design(share=share, always_valid=False))
    lifted = base + effect
    spread = np.sqrt(lifted * (1 - lifted) / share + base * (1 - base) / (1 - share))
    assert normal_power_het(effect, needed.total, 0.05, std_null=spread) == pytest.approx(0.8, abs=0.005)


@pytest.mark.parametrize("design", [ONCE, Design(share=0.8, power=0.9, alpha=0.01)])
def test_the_detectable_effect_of_the_needed_units_is_the_effect(design: Design) -> None:
    spread = Spread(treated=5.0, control=3.0)
    needed = needed_n(0.7, spread, design)
    assert detectable_effect(needed.total, spread, design) == pytest.approx(0.7, rel=0.01)


def test_looking_on_any_day_needs_about_1_9_times_the_units_of_one_look() -> None:
    spread = binary_spread(0.05, 0.02)
    once, any_day = needed_n(0.02, spread, ONCE), needed_n(0.02, spread, Design())
    assert any_day.total / once.total == pytest.approx(1.91, abs=0.02)


def test_the_planned_units_of_an_always_valid_design_find_the_effect_as_often_as_promised() -> None:
    needed = needed_n(0.1, binary_spread(0.2, 0.1), Design(share=0.5))
    found, rng = 0, np.random.default_rng(1)
    for _ in range(300):
        treated = rng.random(needed.total) < 0.5
        outcome = (rng.random(needed.total) < 0.2 + 0.1 * treated).astype(float)
        effect = always_valid_effect(Trial(treated=treated, outcome=outcome, share=0.5), n_planned=needed.total)
        found += isinstance(effect, Effect) and effect.low > 0
    assert found / 300 == pytest.approx(0.8, abs=0.08)


def test_bad_designs_are_refused() -> None:
    spread = Spread(treated=1.0, control=1.0)
    for design in (Design(share=0.0), Design(alpha=0.6), Design(power=1.0)):
        with pytest.raises(InvalidInput, match="design"):
            needed_n(1.0, spread, design)
    with pytest.raises(InvalidInput, match="effect == 0"):
        needed_n(0.0, spread, ONCE)
    with pytest.raises(InvalidInput, match="n == 0"):
        detectable_effect(0, spread, ONCE)
    with pytest.raises(InvalidInput, match="rates"):
        binary_spread(0.9, 0.2)
