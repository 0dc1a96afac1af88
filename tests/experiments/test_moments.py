"""From sums as from units."""

import numpy as np
import pytest

from wealthloop.experiments.fixed import Units, compare
from wealthloop.experiments.moments import SumsKind, compare_sums


def sums(units: Units) -> np.ndarray:
    y = units.value
    x = units.covariate if units.covariate is not None else units.denominator
    other = np.zeros_like(y) if x is None else x
    return np.array([len(y), y.sum(), other.sum(), (y * y).sum(), (other * other).sum(), (y * other).sum()])


def arms(kind: SumsKind) -> tuple[Units, Units]:
    draw = np.random.default_rng(1)
    made = []
    for size, effect in ((700, 0.0), (300, 0.3)):
        x = (1 + draw.poisson(3, size)).astype(np.float64)
        y = x + draw.normal(size=size) * (1 + effect) + effect
        made.append(
            Units(value=y, covariate=x if kind == "cuped" else None, denominator=x if kind == "ratio" else None)
        )
    return made[0], made[1]


@pytest.mark.parametrize("kind", ["mean", "cuped", "ratio"])
def test_sums_say_what_units_say(kind: SumsKind) -> None:
    control, treated = arms(kind)
    units = compare(control, treated, kind="ratio" if kind == "ratio" else "mean")
    found = compare_sums(sums(control)[None], sums(treated)[None], kind=kind)
    half = found.halves(0.05)[0]
    assert found.effect[0] == pytest.approx(units.effect)
    assert (found.effect[0] - half, found.effect[0] + half) == pytest.approx((units.low, units.high))
    assert found.pvalues()[0] == pytest.approx(units.pvalue)
    assert found.base[0] + found.effect[0] / 2 == pytest.approx(
        units.effect / (units.relative_effect or 1) + units.effect / 2
    )
