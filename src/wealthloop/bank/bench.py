"""How long a large load takes and how much memory (``python -m wealthloop.bank.bench``), in a process of its own.

Ten million transactions in one CSV file of fifty columns, of which the contract has nine, must load within 2 GiB and
ten minutes.
"""

import json
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from platform import python_version
from tempfile import TemporaryDirectory
from typing import Annotated, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
import typer
from numpy.typing import NDArray

from wealthloop.bank.contract import COUNTERPARTIES, TRANSACTION_KINDS
from wealthloop.bank.converted import Cells, compute
from wealthloop.bank.ingest import ingest
from wealthloop.kit import Home

MOST_MIB: Final = 2048
MOST_SECONDS: Final = 600
_CUSTOMERS: Final = 100_000
_AS_OF: Final = date(2026, 11, 20)
_BATCH: Final = 200_000
_MIB: Final = 1024
_CONTRACT_COLUMNS: Final = 9

Measured: TypeAlias = dict[str, float | int | bool | str]


def bench(*, rows: int, columns: int) -> Measured:
    """Write a bank with one large file and load it.

    Args:
        rows: transactions.
        columns: of their file, at least nine.

    Returns:
        ``seconds``, ``cpu_seconds`` and ``peak_mib`` of the load alone, ``seconds_again`` of loading the same file
        once more, and ``within``: whether the limits hold.
    """
    with TemporaryDirectory(prefix="wealthloop-") as folder:
        source = Path(folder) / "source"
        write_source(source, rows=rows, columns=columns)
        size = (source / "transactions.csv").stat().st_size
        with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
            measured = pool.submit(load_of, source, Path(folder) / "home").result()
    within = measured["peak_mib"] <= MOST_MIB and measured["seconds"] <= MOST_SECONDS
    return {
        "rows": rows, "columns": columns, "file_mib": size >> 20, **measured, "within": within,
        "python": python_version(), "pyarrow": pa.__version__,
    }  # fmt: skip


def load_of(source: Path, home: Path) -> dict[str, float]:
    """Load a source twice; return the seconds of each load and the most memory that this process held, in MiB."""
    opened = Home.create(home, salt="a salt that nobody needs to keep")
    began, cpu = time.perf_counter(), time.process_time()
    report = ingest(opened, source, mapping=None, as_of=_AS_OF)
    loaded, cpu = time.perf_counter(), time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _MIB
    ingest(opened, source, mapping=None, as_of=_AS_OF)
    return {
        "accepted": report.tables["transactions"].accepted,
        "seconds": round(loaded - began, 1),
        "cpu_seconds": round(cpu, 1),
        "seconds_again": round(time.perf_counter() - loaded, 1),
        "peak_mib": peak,
    }


def write_source(folder: Path, *, rows: int, columns: int) -> None:
    """Write the bank's files: a few customers' worth of each required table and the large one."""
    folder.mkdir(parents=True)
    ids = [_customer(number) for number in range(_CUSTOMERS)]
    opened, n = pa.repeat("2020-01-02", _CUSTOMERS), _CUSTOMERS
    people = {"customer_id": ids, "birth_year": pa.repeat(1980, n), "open_date": opened}
    held = {
        "customer_id": ids, "product_id": pa.repeat("P1", n), "as_of": pa.repeat("2026-11-19", n),
        "balance": pa.repeat("1000.50", n),
    }  # fmt: skip
    arrow_csv.write_csv(pa.table(people), folder / "customers.csv")
    arrow_csv.write_csv(pa.table(held), folder / "holdings.csv")
    first = _transactions(0, 1, columns)
    with arrow_csv.CSVWriter(folder / "transactions.csv", first.schema) as writer:
        for start in range(0, rows, _BATCH):
            writer.write_table(_transactions(start, min(rows, start + _BATCH), columns))


def _transactions(start: int, stop: int, columns: int) -> pa.Table:
    number = np.arange(start, stop, dtype=np.int64)
    digits: Cells = compute.cast(pa.array(number), pa.string())
    seconds = np.datetime64("2026-05-01T00:00:00", "s") + (number * 7919) % (190 * 86_400)
    made = {
        "transaction_id": compute.binary_join_element_wise("T", digits, ""),
        "customer_id": pa.array([_customer(one) for one in (number * 31 % _CUSTOMERS).tolist()]),
        "at": pa.array(np.datetime_as_string(seconds)),
        "kind": _picked(TRANSACTION_KINDS, number),
        "amount": compute.cast(pa.array((number * 7 % 1_000_000) / 100.0), pa.string()),
        "product_id": _picked(("P1", "P2", ""), number),
        "position_id": _picked(("", "L1", "L2"), number),
        "channel": _picked(("counter", "app", "atm"), number),
        "counterparty_kind": _picked(COUNTERPARTIES, number),
    }
    own = {f"field_{place}": _own(place, number) for place in range(columns - _CONTRACT_COLUMNS)}
    return pa.table({**made, **own})


def _customer(number: int) -> str:
    return f"C{number:08d}"


def _picked(words: tuple[str, ...], number: NDArray[np.int64]) -> Cells:
    return compute.take(pa.array(words), pa.array(number % len(words)))


def _own(place: int, number: NDArray[np.int64]) -> Cells:
    """Return a column that the contract does not know: a number, a code or nothing."""
    if place % 3 == 0:
        return compute.cast(pa.array(number % (place + 97)), pa.string())
    return _picked(("", "A01", "备注"), number + place)


def main(
    rows: Annotated[int, typer.Option(help="Transactions.")] = 10_000_000,
    columns: Annotated[int, typer.Option(help="Columns of their file.", min=_CONTRACT_COLUMNS)] = 50,
) -> None:
    """Print what was measured; exit 1 where a limit is broken."""
    measured = bench(rows=rows, columns=columns)
    typer.echo(json.dumps(measured, indent=1))
    sys.exit(not measured["within"])


if __name__ == "__main__":
    typer.run(main)
