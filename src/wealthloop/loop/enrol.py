"""Who may enter a version's experiment on a day, and whose arm it is: the ramp, and the clusters that draw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow.compute as pc

from wealthloop import ledger
from wealthloop.access.keys import customers_of
from wealthloop.kit import bucket
from wealthloop.loop.types import Night
from wealthloop.reports.planned import rows_of
from wealthloop.strategies.life import Running
from wealthloop.strategies.parts import RampStep


def share_on(ramp: Sequence[RampStep], days: int) -> float:
    """Return the share of customers who may enter so many days after the launch; 1 without a ramp.

    Example:
        >>> ramp = (RampStep(share=0.02, days=7), RampStep(share=0.5, days=7), RampStep(share=1.0, days=1))
        >>> [share_on(ramp, days) for days in (0, 6, 7, 14, 400)]
        [0.02, 0.02, 0.5, 1.0, 1.0]
    """
    ends = 0
    for step in ramp:
        ends += step.days
        if days < ends:
            return step.share
    return ramp[-1].share if ramp else 1.0


def may_enter(strategy: Running, customer_id: str, *, salt: str, as_of: date) -> bool:
    """Say whether the ramp lets a customer in: a hash of the customer's own, so that nobody leaves as it grows.

    It is drawn apart from the arms, whose shares stay what they are at every width of the ramp.
    """
    share = share_on(strategy.document.ramp, (as_of - strategy.launched_on).days)
    return share >= 1.0 or bucket(f"{salt}/enrol/{strategy.experiment}", customer_id) < share


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What draws the arms: customers, or the cluster in which a customer was when first planned (I9)."""

    kept: Mapping[tuple[str, str], str]
    """By strategy and customer the cluster of earlier nights."""
    now: Mapping[str, Mapping[str, str | None]]
    """Tonight's clusters of customers, by kind of unit."""

    def unit_of(self, strategy: Running, customer_id: str) -> str | None:
        """Return what draws a customer's arm; None: the customer is in no cluster, so nothing can be planned."""
        kind = strategy.document.unit
        if kind == "customer":
            return customer_id
        return self.kept.get((strategy.strategy_id, customer_id)) or self.now[kind].get(customer_id)

    def cluster_of(self, strategy: Running, customer_id: str) -> str | None:
        """Return the cluster whose arm a customer has; None where customers draw their own."""
        return None if strategy.document.unit == "customer" else self.unit_of(strategy, customer_id)


def drawing(night: Night, strategies: Sequence[Running], profiles: Mapping[str, Mapping[str, Any]]) -> Drawing:
    """Return what draws the arms of a night: managers and branches from the profiles, households from the bank."""
    clustered = [one for one in strategies if one.document.unit != "customer"]
    kinds = {one.document.unit for one in clustered}
    now: dict[str, dict[str, str | None]] = {
        kind: {customer: profile[column] for customer, profile in profiles.items()}
        for kind, column in (("rm", "staff_id"), ("branch", "branch_id"))
        if kind in kinds
    }
    if "household" in kinds:
        known = night.bank.read("customers", ("customer_id", "household_id"), as_of=night.as_of)
        now["household"] = {str(row["customer_id"]): row["household_id"] for row in known.to_pylist()}
    kept: dict[tuple[str, str], str] = {}
    for one in clustered:
        kept |= {(one.strategy_id, customer): unit for customer, unit in _first_units(night, one).items()}
    return Drawing(kept=kept, now=now)


def _first_units(night: Night, strategy: Running) -> dict[str, str]:
    """Return the cluster of each customer whom a version has planned, from the first night on."""
    rows = rows_of(ledger.read(night.home), strategy.strategy_id, strategy.version)
    drawn = rows.filter(pc.is_valid(rows["unit"])).select(["person_key", "unit"]).to_pylist()
    customers = customers_of({row["person_key"] for row in drawn})
    return {customers[row["person_key"]]: row["unit"] for row in reversed(drawn) if row["person_key"] in customers}
