"""What is fixed before a version's first night: how many units are planned, and where an amount is cut.

Everything here is computed from what the bank knew on the version's first planned day, so that no later outcome can
move it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.experiments import (
    Arm,
    Clusters,
    Design,
    Spread,
    alikeness,
    binary_spread,
    clusters_of,
    needed_n,
    pair_share,
)  # fmt: skip
from wealthloop.reports.clusters import clusters_on
from wealthloop.reports.criterion import Criterion
from wealthloop.reports.happened import happened
from wealthloop.reports.outcomes import Purchases, customer_totals, totals_of

CUT_AT: Final = 0.999
"""The quantile at which amounts are winsorised."""
_LARGEST_RATE: Final = 0.98


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """``spread`` of the metric among all customers in the window before the start; ``cut`` in fen, for amounts.

    ``clusters``: all customers in the managers, households or branches of that day, and how alike the metric is within
    one; None where customers draw their own arms.
    """

    spread: Spread
    cut: float | None
    clusters: Clusters | None = None


def fixed_before(bank: BankTables, engine: Engine, criterion: Criterion, *, first_day: date) -> Fixed:
    """Return the spread, the cut and the clusters, from the window that ends on the version's first planned day."""
    opens = first_day - timedelta(days=criterion.window_days - 1)
    made = happened(bank, engine, criterion, first=opens, last=first_day, as_of=first_day)
    totals = customer_totals(made, criterion, customers_before(bank, first_day))
    if criterion.metric == "amount":
        found = of_amount(totals)
    else:
        found = Fixed(spread=_of_rate(totals, criterion.minimum_worthwhile_effect), cut=None)
    if criterion.unit == "customer":
        return found
    return replace(found, clusters=_clusters(bank, criterion, made, found.cut, first_day))


def _clusters(bank: BankTables, criterion: Criterion, made: Purchases, cut: float | None, first_day: date) -> Clusters:
    who = clusters_on(bank, criterion.unit, as_of=first_day)
    values = totals_of(made, criterion, who["customer_id"])
    values = values if cut is None else np.minimum(values, cut)
    cluster = who["cluster"].combine_chunks().dictionary_encode().indices.to_numpy()
    return clusters_of(cluster, rho=alikeness(values, cluster))


def customers_before(bank: BankTables, first_day: date) -> int:
    """Return how many customers the bank had when a version began."""
    return bank.read("customers", ("customer_id",), as_of=first_day).num_rows


def planned_units(fixed: Fixed, criterion: Criterion, arm: Arm, arms: Sequence[Arm]) -> int:
    """Return the matured units of an arm and control at which it is read once, or its interval shall be tightest."""
    control = next(other for other in arms if other.control)
    design = design_of(criterion, arm, control)
    clusters = None if fixed.clusters is None else fixed.clusters.part(arm.share + control.share)
    return needed_n(criterion.minimum_worthwhile_effect, fixed.spread, design, clusters).total


def design_of(criterion: Criterion, arm: Arm, control: Arm) -> Design:
    """Return how an arm is read against control."""
    return Design(
        share=pair_share(arm, control), alpha=arm_alpha(criterion, criterion.arms), power=criterion.power,
        always_valid=criterion.analysis == "always_valid",
    )  # fmt: skip


def arm_alpha(criterion: Criterion, arms: Sequence[Arm]) -> float:
    """Return the risk of one arm's interval: the criterion's, shared by the treatment arms (Bonferroni)."""
    return criterion.alpha / sum(not arm.control for arm in arms)


def _of_rate(totals: NDArray[np.float64], effect: float) -> Spread:
    least = 0.5 / max(totals.size, 1)
    rate = float(np.clip(totals.mean() if totals.size else least, least, _LARGEST_RATE))
    return binary_spread(rate, float(np.clip(effect, -rate * _LARGEST_RATE, _LARGEST_RATE + 0.01 - rate)))


def of_amount(totals: NDArray[np.float64]) -> Fixed:
    """Return the spread and the cut of amounts, from each customer's total before the start, shape (n_customers,)."""
    if not totals.any():
        return Fixed(spread=Spread(treated=1.0, control=1.0), cut=None)
    cut = max(float(np.quantile(totals, CUT_AT)), float(totals[totals > 0].min()))
    sd = float(np.clip(totals, 0.0, cut).std())
    return Fixed(spread=Spread(treated=sd, control=sd), cut=cut)
