"""What there was of each resource on a night, how much of it the plan took, and its shadow price, beside the decisions.

A row a resource. A run writes them before its decisions; a run that is decided anew writes them anew.
"""

from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from wealthloop.errors import InvalidInput, NotFound
from wealthloop.kit import Home, write_atomic

FILE: Final = "prices.parquet"

PRICES: Final = pa.schema(
    [
        pa.field("resource", pa.string(), nullable=False),
        pa.field("capacity", pa.int64(), nullable=False),
        pa.field("used", pa.int64(), nullable=False),
        pa.field("price", pa.float64(), nullable=False),
    ]
)
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
    prices = table.select(PRICES.names).cast(PRICES).sort_by("resource").combine_chunks()
    if pc.count_distinct(prices["resource"]).as_py() != prices.num_rows:
        raise InvalidInput(f"prices of run {run_id}: a resource stands twice, must be one row each")
    over = prices.filter(pc.greater(prices["used"], prices["capacity"]))
    if over.num_rows:
        first = over.to_pylist()[0]
        raise InvalidInput(
            f"prices of run {run_id}: {first['resource']} used == {first['used']}, must not be above its capacity,"
            f" {first['capacity']}"
        )
    sink = pa.BufferOutputStream()
    pq.write_table(prices, sink, compression="zstd", version="2.6")
    write_atomic(_file(home, run_id), bytes(sink.getvalue()))


def read_prices(home: Home, run_id: str) -> pa.Table:
    """Return the prices of a run, shape (n_resources,), ordered by resource.

    Raises:
        NotFound: none are written: the run has planned nothing yet, or is older than the keeping of prices.
    """
    file = _file(home, run_id)
    if not file.exists():
        raise NotFound(f"ledger run {run_id}: no prices are written, they are kept with every night that plans")
    with pq.ParquetFile(file) as opened:
        return opened.read(use_threads=False)


def _file(home: Home, run_id: str) -> Path:
    return home.ledger / run_id / FILE
