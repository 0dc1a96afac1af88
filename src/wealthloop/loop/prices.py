"""The night's prices: what one more of each resource would have added to its plan, kept with the run."""

from collections import Counter
from collections.abc import Mapping

import pyarrow as pa

from wealthloop import ledger
from wealthloop.errors import NotFound
from wealthloop.kit import Home
from wealthloop.ledger import PRICES
from wealthloop.loop.capacity import load_capacity
from wealthloop.loop.models import Run
from wealthloop.loop.plan import NightPlan
from wealthloop.loop.types import Night


def price_table(plan: NightPlan, capacities: Mapping[str, int]) -> pa.Table:
    """Return the rows of ``PRICES`` of a night: every capacity, what the blind plan takes of it, and its price.

    Where standing experiments part the capacities, ``used`` counts every market and the prices are the whole bank's.
    """
    used: Counter[str] = Counter()
    for one in plan.planned:
        if not one.refill:
            used.update(one.option.uses)
    rows = [
        {"resource": name, "capacity": units, "used": used[name], "price": plan.prices[name]}
        for name, units in sorted(capacities.items())
    ]
    return pa.Table.from_pylist(rows, schema=PRICES)


def prices_of(home: Home, run_id: str) -> dict[str, float]:
    """Return the shadow price of a unit of each resource on a night, fen as the plan counts them.

    The names are those of ``loop.capacity`` (``rm:<staff>``, ``seat:remote_agent``, ``volume:<channel>``,
    ``strategy:<id>``, and where they are set ``budget`` and ``spend:<id>``, a fen each); 0 where there was plenty.

    Raises:
        NotFound: the run has no prices written.
    """
    return {row["resource"]: row["price"] for row in ledger.read_prices(home, run_id).to_pylist()}


def kept_prices(home: Home, run_id: str) -> dict[str, float] | None:
    """Return what ``prices_of`` does; None where the run has no prices written."""
    try:
        return prices_of(home, run_id)
    except NotFound:
        return None


def start_of(night: Night) -> dict[str, float] | None:
    """Return the prices from which a night may set out: those of the newest night before it that has planned.

    None where the home has not set ``warm_start``, there is no such night, or it has kept none.
    """
    if not load_capacity(night.home).warm_start:
        return None
    before = Run.objects.filter(as_of__lt=night.as_of).exclude(ledger_hash="").order_by("as_of").last()
    return None if before is None else kept_prices(night.home, before.run_id)
