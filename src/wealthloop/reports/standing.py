"""What standing experiments say of the whole platform: read once, when their quarter is over, by intention to treat.

Everybody whom the design's hash puts into an arm counts, contacted or not, so that nothing the platform chooses can
choose the result.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

from wealthloop.bank import BankTables
from wealthloop.delivery.content import Bilingual
from wealthloop.experiments.clusters import LEAST_CLUSTERS
from wealthloop.experiments.fixed import Compared, compare
from wealthloop.experiments.fixed import Units as Column
from wealthloop.experiments.randomised import SMALL_ARM, compare_randomised
from wealthloop.insight import monthly_aum
from wealthloop.kit import Home
from wealthloop.reports.bought import bought, of_categories
from wealthloop.reports.design import CUT_AT
from wealthloop.reports.standingchecks import standing_checks
from wealthloop.reports.standingunits import Members, members_of
from wealthloop.reports.types import Check
from wealthloop.strategies.designs import StandingDesign, designs

Metric = Literal["conversion", "amount", "aum"]
METRICS: Final[tuple[Metric, ...]] = ("conversion", "amount", "aum")
PRIMARY: Final[Metric] = "conversion"
"""Named beforehand for every standing experiment; the others are secondary."""
_DRAWS: Final = 1_999
_FEWEST: Final = 30
"""Units that each arm must have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingEffect:
    """What the platform brings beside the arm that it is compared with, a unit; incremental.

    ``conversion``: bought of the design's categories, a fraction of customers; ``amount``: for how much, and ``aum``:
    the daily average of the last month, fen. ``adjusted``: p by Benjamini and Hochberg among the secondary metrics.
    """

    metric: Metric
    effect: float
    low: float
    high: float
    pvalue: float
    adjusted: float | None
    n_control: int
    n_treatment: int
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingReport:
    """One standing experiment as of a day; ``arms``: name, customers and clusters (0 where customers draw)."""

    design: StandingDesign
    arms: tuple[tuple[str, int, int], ...]
    effects: tuple[StandingEffect, ...]
    pending: Bilingual | None
    checks: tuple[Check, ...]
    as_of: date


def standing(bank: BankTables, home: Home, *, as_of: date) -> tuple[StandingReport, ...]:
    """Return the report of every standing experiment that has begun, the newest first."""
    begun = [one for one in designs(home) if one.begins <= as_of + timedelta(days=1)]
    return tuple(_report(bank, home, one, as_of) for one in reversed(begun))


def _report(bank: BankTables, home: Home, design: StandingDesign, as_of: date) -> StandingReport:
    members = members_of(bank, design, salt=home.settings.salt)
    checks = standing_checks(bank, home, design, members, as_of=as_of)
    waiting = StandingReport(
        design=design, arms=_sizes(design, members), effects=(), pending=None, checks=checks, as_of=as_of
    )
    why = _not_yet(design, members, checks, as_of)
    if why is not None:
        return replace(waiting, pending=why)
    return replace(waiting, effects=_effects(bank, design, members))


def _sizes(design: StandingDesign, members: Members) -> tuple[tuple[str, int, int], ...]:
    return tuple(
        (arm.name, int((members.arm == place).sum()), len(members.clusters_of(place)))
        for place, arm in enumerate(design.arms)
    )


def _not_yet(design: StandingDesign, members: Members, checks: Sequence[Check], as_of: date) -> Bilingual | None:
    failed = [check.found for check in checks if not check.ok]
    if failed:
        return Bilingual(
            zh="检查未通过，不显示效应：" + "；".join(one.zh for one in failed),
            en="no effect is shown while a check fails: " + "; ".join(one.en for one in failed),
        )
    if as_of < design.ends:
        days = (design.ends - as_of).days
        return Bilingual(
            zh=f"季度结束后（{design.ends}）一次读取，还有 {days} 天；之前不显示结果",
            en=f"read once, when it has ended on {design.ends}: {days} days to go; no result before",
        )
    if design.unit == "customer":
        few, needed = min(int((members.arm == place).sum()) for place in (0, 1)), _FEWEST
    else:
        few, needed = min(len(members.clusters_of(place)) for place in (0, 1)), LEAST_CLUSTERS
    if few >= needed:
        return None
    return Bilingual(
        zh=f"一个组只有 {few} 个单位，至少需要 {needed} 个", en=f"an arm has {few} units, {needed} are needed"
    )


def _effects(bank: BankTables, design: StandingDesign, members: Members) -> tuple[StandingEffect, ...]:
    found = [_effect(metric, *_column(bank, design, members, metric), members) for metric in METRICS]
    secondary = [one for one in found if one.metric != PRIMARY]
    adjusted = false_discovery_control([one.pvalue for one in secondary])
    by_metric = {one.metric: float(value) for one, value in zip(secondary, adjusted, strict=True)}
    return tuple(replace(one, adjusted=by_metric.get(one.metric)) for one in found)


def _effect(
    metric: Metric, outcome: NDArray[np.float64], before: NDArray[np.float64], members: Members
) -> StandingEffect:
    platform, other = (_arm(outcome, before, members, place) for place in (0, 1))
    sizes = [len(platform.value), len(other.value)]
    if metric == PRIMARY:
        found = compare(other, platform, kind="binary")
    elif min(sizes) < SMALL_ARM * sum(sizes):
        found = compare_randomised(other, platform, draws=_DRAWS)
    else:
        found = compare(other, platform)
    return _shown(metric, found)


def _shown(metric: Metric, found: Compared) -> StandingEffect:
    return StandingEffect(
        metric=metric, effect=found.effect, low=found.low, high=found.high, pvalue=found.pvalue, adjusted=None,
        n_control=found.n_control, n_treatment=found.n_treatment, method=found.method,
    )  # fmt: skip


def _arm(outcome: NDArray[np.float64], before: NDArray[np.float64], members: Members, place: int) -> Column:
    ours = members.arm == place
    return Column(
        value=outcome[ours],
        covariate=before[ours] if np.ptp(before) > 0 else None,
        cluster=None if members.cluster is None else members.cluster[ours],
    )


def _column(
    bank: BankTables, design: StandingDesign, members: Members, metric: Metric
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a metric of each member in the quarter, and the same before it; amounts are cut at the latter's 99.9 %."""
    if metric == "aum":
        outcome, before = _aum(bank, members, design.ends), _aum(bank, members, _eve(design))
    else:
        days = (design.ends - design.begins).days
        opens = design.begins - timedelta(days=days + 1)
        outcome = _bought(bank, design, members, first=design.begins, last=design.ends)
        before = _bought(bank, design, members, first=opens, last=_eve(design))
    if metric == "conversion":
        return (outcome > 0).astype(np.float64), (before > 0).astype(np.float64)
    some = before[before > 0]
    cut = max(float(np.quantile(before, CUT_AT)), float(some.min())) if some.size else float("inf")
    return np.minimum(outcome, cut), np.minimum(before, cut)


def _eve(design: StandingDesign) -> date:
    return design.begins - timedelta(days=1)


def _aum(bank: BankTables, members: Members, as_of: date) -> NDArray[np.float64]:
    """Return the daily average of the month of a day, as known at its end, fen."""
    known = monthly_aum(bank, members.customer_id, as_of=as_of)
    if known is None:
        return np.zeros(len(members.customer_id))
    return known.averages[:, -1].astype(np.float64)


def _bought(
    bank: BankTables, design: StandingDesign, members: Members, *, first: date, last: date
) -> NDArray[np.float64]:
    made = of_categories(bank, bought(bank, first=first, last=last, as_of=last), list(design.categories), as_of=last)
    place = pc.index_in(made["customer_id"], value_set=members.customer_id)
    ours = pc.is_valid(place).to_numpy()
    total = np.zeros(len(members.customer_id))
    amounts = np.abs(made["amount"].to_numpy().astype(np.float64))[ours]
    np.add.at(total, place.filter(pa.array(ours)).to_numpy().astype(np.int64), amounts)
    return total
