"""Who is left alone tonight: customers whom another strategy is trying something with.

Strategies of one layer share customers in turn: who was planned by one of them (withheld or not, so that its arms stay
alike) is left alone by the others until its outcome window has closed; so it is with the strategies that a document
excludes. A child that is being confirmed has its reserved customers to itself.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from wealthloop import ledger
from wealthloop.access.keys import customers_of
from wealthloop.kit import Home, bucket
from wealthloop.strategies.life import Running
from wealthloop.strategies.repository import held_in, versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Who is in the hands of which strategy, so long as its outcome window is open."""

    salt: str
    planned: Mapping[str, Collection[str]]
    """Customers with an open window, by strategy id."""
    rivals: Mapping[str, Collection[str]]
    """Strategies whose customers are left alone, by strategy id."""

    def free(self, customer: str, strategies: Sequence[Running]) -> list[Running]:
        """Return which of some strategies, all meant for a customer by their audience, may plan for the customer."""
        entitled = [one for one in strategies if self._reserved(one, customer)]
        confirming = [one for one in entitled if one.document.reserve is not None]
        if confirming:
            first = min(confirming, key=lambda one: (one.launched_on, one.strategy_id))
            layer = first.document.shared_layer
            entitled = [one for one in entitled if one is first or one.document.shared_layer != layer]
        return [one for one in entitled if not self._taken(one.strategy_id, customer)]

    def _reserved(self, strategy: Running, customer: str) -> bool:
        share = strategy.document.reserve
        return share is None or bucket(f"{self.salt}/reserve/{strategy.strategy_id}", customer) < share

    def _taken(self, strategy_id: str, customer: str) -> bool:
        return any(customer in self.planned.get(rival, ()) for rival in self.rivals.get(strategy_id, ()))


def held_tonight(home: Home, strategies: Sequence[Running], as_of: date) -> Held:
    """Return who is left alone by strategies that run tonight.

    A strategy that has been paused or concluded holds its customers until their windows have closed, as a running one.
    """
    launched = [held_in(row)[0] for row in versions() if row.launched_on is not None]
    windows: dict[str, int] = {}
    for document in launched:
        windows[document.id] = max(windows.get(document.id, 0), document.success.window_days)
    layers = {(document.id, document.shared_layer) for document in launched}
    rivals = {
        one.strategy_id: frozenset(
            {other for other, layer in layers if layer == one.document.shared_layer} | set(one.document.exclusions)
        )
        - {one.strategy_id}
        for one in strategies
    }
    needed = frozenset().union(*rivals.values()) if rivals else frozenset()
    return Held(
        salt=home.settings.salt,
        planned=_planned(home, {name: windows[name] for name in needed if name in windows}, as_of),
        rivals=rivals,
    )


def _planned(home: Home, windows: Mapping[str, int], as_of: date) -> dict[str, frozenset[str]]:
    if not windows:
        return {}
    decisions = ledger.read(home).select(["as_of", "strategy_id", "person_key"])
    days = decisions["as_of"]
    recent = {
        name: decisions.filter(
            pc.and_(
                pc.equal(decisions["strategy_id"], pa.scalar(name)),
                pc.greater(days, pa.scalar(as_of - timedelta(days=window), pa.date32())),
            )
        )["person_key"].unique()
        for name, window in windows.items()
    }
    customers = customers_of({str(key) for keys in recent.values() for key in keys.to_pylist()})
    return {
        name: frozenset(customers[key] for key in keys.to_pylist() if key in customers) for name, keys in recent.items()
    }
