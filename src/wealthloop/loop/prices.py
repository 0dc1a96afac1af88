"""The night's prices: what one more of each resource would have added to its plan, kept with the run."""

from collections import Counter
from collections.abc import Mapping

import pyarrow as pa

from wealthloop import ledger
from wealthloop.kit import Home
from wealthloop.ledger import PRICES
from wealthloop.loop.plan import NightPlan


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
