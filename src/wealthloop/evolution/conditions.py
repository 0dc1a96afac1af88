"""What may be said of customers when a child is described: few features, at numbers that people use."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from wealthloop.evolution.search import Rule
from wealthloop.features import FEATURES, Unit
from wealthloop.scoring.types import Floats
from wealthloop.strategies.parts import FeatureRule

_YUAN: Final = 100
CUTS: Final[dict[str, tuple[float, ...]]] = {
    "age": (30, 40, 50, 60),
    "tenure_days": (365, 1825),
    "suitability_level": (2, 3, 4),
    "aum_average": tuple(_YUAN * yuan for yuan in (50_000, 200_000, 500_000, 1_000_000, 3_000_000)),
    "balance_demand": tuple(_YUAN * yuan for yuan in (10_000, 50_000, 200_000)),
    "balance_deposit": tuple(_YUAN * yuan for yuan in (1, 50_000, 200_000)),
    "balance_wealth": tuple(_YUAN * yuan for yuan in (1, 100_000)),
    "balance_fund": tuple(_YUAN * yuan for yuan in (1, 50_000)),
    "maturing_30d": tuple(_YUAN * yuan for yuan in (1, 50_000)),
    "inflow_sum_90d": tuple(_YUAN * yuan for yuan in (10_000, 100_000)),
    "salary_count_90d": (1,),
    "login_count_30d": (1, 5, 15),
    "view_fund_count_30d": (1, 3),
    "buy_count_90d": (1, 3),
    "buy_fund_count_365d": (1,),
    "contact_by_person_count_90d": (1,),
    "rank_in_book": (0.5, 0.8),
}
"""Numbers at which customers are told apart, in each feature's own unit."""
FEATURES_READ: Final = tuple(CUTS)
_NAMED: Final = {feature.name: feature for feature in FEATURES}
_BELOW: Final = {Unit.COUNT: 1.0, Unit.YEARS: 1.0, Unit.LEVEL: 1.0, Unit.DAYS: 1.0, Unit.FEN: 1.0}
"""The step by which a feature that counts whole units lies below a number."""


def rules_of(x: Floats) -> list[Rule]:
    """Return every rule with whom it is met by.

    Args:
        x: values of ``FEATURES_READ``, shape (n_units, n_features); a value that is not known meets no rule.
    """
    found = []
    for place, (name, cuts) in enumerate(CUTS.items()):
        step = _BELOW.get(_NAMED[name].unit, 0.0)
        for cut in cuts:
            found += [
                Rule(feature=name, at_least=float(cut), at_most=None, units=x[:, place] >= cut),
                Rule(feature=name, at_least=None, at_most=cut - step, units=x[:, place] <= cut - step),
            ]
    return [rule for rule in found if rule.units.any() and not rule.units.all()]


def meets(rules: Sequence[FeatureRule], x: Floats) -> np.ndarray:
    """Return which units meet a document's rules about features that are read here, shape (n_units,)."""
    inside = np.ones(len(x), dtype=np.bool_)
    for rule in rules:
        if rule.feature in CUTS:
            values = x[:, FEATURES_READ.index(rule.feature)]
            low = -np.inf if rule.at_least is None else rule.at_least
            high = np.inf if rule.at_most is None else rule.at_most
            inside &= (values >= low) & (values <= high)
    return inside


def in_words(rule: Rule) -> tuple[str, str]:
    """Return what a rule says, in Chinese and English."""
    feature = _NAMED[rule.feature]
    number = rule.at_least if rule.at_least is not None else rule.at_most
    assert number is not None
    sign = "≥" if rule.at_least is not None else "≤"
    return f"{feature.zh}{sign}{_zh(number, feature.unit)}", f"{feature.en} {sign} {_en(number, feature.unit)}"


def _zh(number: float, unit: Unit) -> str:
    if unit is Unit.FEN:
        yuan = number / _YUAN
        return f"{yuan / 10_000:g} 万元" if yuan >= 10_000 else f"{yuan:g} 元"
    return f"{number:g}"


def _en(number: float, unit: Unit) -> str:
    return f"CNY {number / _YUAN:,.0f}" if unit is Unit.FEN else f"{number:g}"
