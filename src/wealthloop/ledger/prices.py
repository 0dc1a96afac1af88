"""What there was of each resource on a night, how much the plan took of it, and its shadow price, by run."""

from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from wealthloop.errors import InvalidInput, NotFound
from wealthloop.kit import Home
from wealthloop.ledger.beside import read_beside, write_beside

NAME: Final = "prices"

_FIELDS: "list[pa.Field[Any]]" = [
    pa.field("resource", pa.string(), nullable=False),
    pa.field("capacity", pa.int64(), nullable=False),
    pa.field("used", pa.int64(), nullable=False),
    pa.field("price", pa.float64(), nullable=False),
]

PRICES: Final = pa.schema(_FIELDS)
"""``capacity`` is in the resource's own units (cards, calls, messages, fen of a budget). ``used`` is what the blind
plan takes of it: control and what a standing experiment withholds are in it, what took freed slots is not. ``price``
is fen a unit as the plan counts them (expected incremental value by the preference of channels): about what one more
would have added, 0 where there was plenty."""


def write_prices(home: Home, run_id: str, table: pa.Table) -> None:
    """Write the prices of a run durably, in the order of the resources' names.

    Args:
        home: the home whose ledger it is.
        run_id: the run's id.
        table: rows of ``PRICES``, each resource once.

    Raises:
        InvalidInput: a resource stands twice, or the plan takes more of one than there is.
    """
    over = table.filter(pc.greater(table["used"], table["capacity"]))
    if over.num_rows:
        first = over.to_pylist()[0]
        raise InvalidInput(
            f"prices of run {run_id}: {first['resource']} used == {first['used']}, must not be above its capacity,"
            f" {first['capacity']}"
        )
    write_beside(home, run_id, NAME, table, PRICES)


def read_prices(home: Home, run_id: str) -> pa.Table:
    """Return the prices of a run, shape (n_resources,), ordered by resource.

    Raises:
        NotFound: none are written: the run has planned nothing yet, or is older than the keeping of prices.
    """
    found = read_beside(home, run_id, NAME)
    if found is None:
        raise NotFound(f"ledger run {run_id}: no prices are written, they are kept with every night that plans")
    return found
