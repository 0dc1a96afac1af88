"""The lifecycle 生命周期 of a relationship: rules as data, the first that holds names it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wealthloop.insight.columns import Floats
from wealthloop.insight.tiers import UNKNOWN

Flags: TypeAlias = NDArray[np.bool_]

NEW_DAYS: Final = 180
QUIET_DAYS: Final = 90
TREND: Final = 0.20
REAL_AUM: Final = 10_000_00
"""Fen; from here on a relationship counts as having had money."""
GONE_AUM: Final = 1_000_00
"""Fen; under it the money is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the rules look at, each of shape (n_customers,); NaN means not known. Money in fen."""

    tenure_days: Floats
    quiet_days: Floats
    """Days since the last use of the app or transaction of the customer's own doing; infinite where none is at hand."""
    aum: Floats
    """On the newest day."""
    peak: Floats
    """The highest monthly average at hand."""
    low_after_peak: Floats
    """The lowest completed monthly average after the first month that reached ``REAL_AUM``; NaN where none did."""
    trend: Floats
    """Change of the average against three months before, as a fraction of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One stage of the lifecycle."""

    name: str
    zh: str
    en: str
    why_zh: str
    why_en: str
    holds: Callable[[Facts], Flags]


def _lost(facts: Facts) -> Flags:
    return (facts.peak >= REAL_AUM) & (facts.aum < GONE_AUM)


def _dormant(facts: Facts) -> Flags:
    return (facts.quiet_days >= QUIET_DAYS) & (facts.tenure_days >= QUIET_DAYS)


def _won_back(facts: Facts) -> Flags:
    return (facts.low_after_peak < GONE_AUM) & (facts.aum >= REAL_AUM)


def _new(facts: Facts) -> Flags:
    return facts.tenure_days < NEW_DAYS


def _growing(facts: Facts) -> Flags:
    return facts.trend >= TREND


def _declining(facts: Facts) -> Flags:
    return facts.trend <= -TREND


def _mature(facts: Facts) -> Flags:
    return ~np.isnan(facts.trend)


RULES: Final = (
    Rule(
        name="lost", zh="流失", en="lost", holds=_lost,
        why_zh="月日均曾达 1 万元以上,现余额不足 1,000 元",
        why_en="the monthly average once reached 10,000 yuan, less than 1,000 yuan is left",
    ),
    Rule(
        name="dormant", zh="休眠", en="dormant", holds=_dormant,
        why_zh="90 天以上没有使用手机银行,也没有主动交易",
        why_en="no use of the app and no transaction of the customer's own doing for 90 days or more",
    ),
    Rule(
        name="won_back", zh="赢回", en="won back", holds=_won_back,
        why_zh="资金曾流失至不足 1,000 元,现已回到 1 万元以上",
        why_en="the money had gone to under 1,000 yuan and is back above 10,000 yuan",
    ),
    Rule(
        name="new", zh="新客", en="new", holds=_new,
        why_zh="开户不满 180 天", why_en="opened less than 180 days ago",
    ),
    Rule(
        name="growing", zh="成长期", en="growing", holds=_growing,
        why_zh="月日均较三个月前上升 20 % 以上", why_en="the monthly average rose 20 % or more in three months",
    ),
    Rule(
        name="declining", zh="衰退期", en="declining", holds=_declining,
        why_zh="月日均较三个月前下降 20 % 以上", why_en="the monthly average fell 20 % or more in three months",
    ),
    Rule(
        name="mature", zh="成熟期", en="mature", holds=_mature,
        why_zh="月日均与三个月前相差不到 20 %", why_en="the monthly average is within 20 % of three months ago",
    ),
    Rule(
        name=UNKNOWN, zh="未知", en="unknown", holds=lambda facts: np.ones(facts.aum.shape, dtype=bool),
        why_zh="余额历史不足,或余额为假设值,无法判断趋势",
        why_en="the balances are too short a history, or assumed: no trend can be told",
    ),
)  # fmt: skip


def lifecycle(facts: Facts) -> list[str]:
    """Return the name of the first rule that holds for each customer."""
    chosen = np.select([rule.holds(facts) for rule in RULES], list(range(len(RULES))))
    return [RULES[place].name for place in chosen.tolist()]
