"""Whether a test can show what it shall show: units that enter by day, units that it needs, what it can find."""

from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wealthloop.experiments import Arm, Clusters, Spread, binary_spread, detectable_effect, needed_n
from wealthloop.loop.enrol import share_on
from wealthloop.rehearsal.types import WEEK, Alike, Alikeness, Basis, Power, Sizes
from wealthloop.reports.criterion import Criterion
from wealthloop.reports.design import Fixed, design_of
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.parts import Unit

ENTERS_DAYS: Final = 90
"""Days of entering where a document names no end."""
LEAST_ALIKE: Final = 100
"""Customers like these from whom on their own spread is taken, and not everybody's."""
_HORIZON: Final = 1100
_LARGEST_RATE: Final = 0.98


def powers(
    document: Strategy,
    criterion: Criterion,
    *,
    fixed: Fixed,
    alike: Alike | None,
    first_week: int,
    later_week: int,
    sizes: Sizes,
    clusters: Clusters | None,
    as_of: date,
) -> tuple[Power, ...]:
    """Return the power of each treatment arm against control.

    Args:
        document: the document.
        criterion: what it is judged by.
        fixed: the spread of the metric among all customers.
        alike: what customers like these did by themselves.
        first_week: customers who enter in the first week at full width.
        later_week: customers who enter in a week after that.
        sizes: the audience, of which nobody enters twice.
        clusters: those of the audience, where clusters draw the arms.
        as_of: the day before the launch.
    """
    may_enter = sizes.audience if clusters is None else clusters.units
    entered = np.minimum(entries(document, first_week=first_week, later_week=later_week), may_enter)
    days = entering_days(document, as_of=as_of)
    at_hand = float(entered[min(days, entered.size) - 1])
    if document.stop.max_units is not None:
        at_hand = min(at_hand, document.stop.max_units)
    spread, basis = _spread(criterion, fixed, alike)
    control = next(arm for arm in criterion.arms if arm.control)

    def power(arm: Arm) -> Power:
        part = arm.share + control.share
        design, ours = design_of(criterion, arm, control), None if clusters is None else clusters.part(part)
        needed = needed_n(criterion.minimum_worthwhile_effect, spread, design, ours).total
        n = int(at_hand * part)
        reached = np.flatnonzero(entered * part >= needed)
        return Power(
            arm=arm.name,
            minimum_worthwhile_effect=criterion.minimum_worthwhile_effect,
            needed_n=needed,
            first_week=first_week * part,
            later_week=later_week * part,
            at_hand_n=n,
            days=days,
            needed_days=int(reached[0]) + 1 + criterion.window_days if reached.size else None,
            detectable_effect=detectable_effect(n, spread, design, ours) if n else None,
            basis=basis,
            alike=None if ours is None else _alikeness(document.unit, ours, sizes, (arm.name, control.name), n),
        )

    return tuple(power(arm) for arm in criterion.arms if not arm.control)


def _alikeness(unit: Unit, clusters: Clusters, sizes: Sizes, pair: tuple[str, str], n: int) -> Alikeness:
    drawn = [one.clusters or 0 for one in sizes.arms if one.arm in pair]
    return Alikeness(
        unit=unit, clusters=min(drawn), rho=clusters.rho, estimated=clusters.estimated,
        design_effect=clusters.design_effect(n),
    )  # fmt: skip


def entries(document: Strategy, *, first_week: float, later_week: float) -> NDArray[np.float64]:
    """Return how many customers have entered after each day from the launch, shape (1100,), as the ramp lets them."""
    share = np.array([share_on(document.ramp, day) for day in range(_HORIZON)])
    rate = np.full(_HORIZON, later_week / WEEK)
    rate[:WEEK] = first_week / WEEK
    return np.asarray(np.cumsum(rate * share))


def entering_days(document: Strategy, *, as_of: date) -> int:
    """Return on how many days customers enter whose windows close before the test ends; at least 1."""
    ends = []
    if document.stop.max_days is not None:
        ends.append(document.stop.max_days - document.success.window_days)
    if document.not_after is not None:
        ends.append((document.not_after - as_of).days)
    return max(1, min(ends, default=ENTERS_DAYS))


def _spread(criterion: Criterion, fixed: Fixed, alike: Alike | None) -> tuple[Spread, Basis]:
    """Return the spread among customers like these, or among everybody where there are too few."""
    if alike is None or alike.customers < LEAST_ALIKE:
        return fixed.spread, "everybody"
    if criterion.metric == "amount":
        return (Spread(treated=alike.sd, control=alike.sd), "alike") if alike.sd > 0 else (fixed.spread, "everybody")
    least = 0.5 / alike.customers
    rate = min(max(alike.mean, least), _LARGEST_RATE)
    effect = min(criterion.minimum_worthwhile_effect, _LARGEST_RATE + 0.01 - rate)
    return binary_spread(rate, effect), "alike"
