"""A small sound bank as CSV files, for tests to spoil."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from wealthloop.bank import BankTables, IngestReport, ingest
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home

AS_OF = date(2026, 11, 20)

FILES: Mapping[str, str] = {
    "customers.csv": "customer_id,name,mobile,birth_year,open_date\n"
    + "".join(f"C{n},张三{n},1380000000{n % 10},1980,2020-01-0{n % 9 + 1}\n" for n in range(1, 11)),
    "holdings.csv": "customer_id,product_id,as_of,balance\n"
    + "".join(f"C{n},P1,2026-11-1{day},{n}00.50\n" for day in (8, 9) for n in range(1, 11)),
    "transactions.csv": "transaction_id,customer_id,at,kind,amount\n"
    + "".join(f"T{n},C1,2026-11-19 23:30:0{n},salary,{n}000\n" for n in range(1, 10)),
}


def home_at(folder: Path) -> Home:
    """Open the test's home."""
    return Home.open_or_create(folder / "home")


def source_at(folder: Path, changed: Mapping[str, str | bytes | None] | None = None, *, name: str = "in") -> Path:
    """Write the small bank with some files changed, added or (None) left out."""
    source = folder / name
    source.mkdir(parents=True, exist_ok=True)
    for file, text in {**FILES, **(changed or {})}.items():
        if text is not None:
            path = source / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return source


def only(folder: Path, name: str, files: Mapping[str, str | bytes]) -> Path:
    """Write a source of these files alone."""
    return source_at(folder, {**dict.fromkeys(FILES), **files}, name=name)


def load(home: Home, source: Path, *, as_of: date = AS_OF, accept: bool = False) -> IngestReport:
    """Load without a mapping."""
    return ingest(home, source, mapping=None, as_of=as_of, accept=accept)


def rows(home: Home, table: str, *, as_of: date | None = None) -> list[dict[str, Any]]:
    """Scan a table."""
    engine = DuckDBEngine()
    scanned: pa.Table = engine.to_arrow(BankTables(home, engine).scan(table, as_of=as_of), name=table)
    return scanned.to_pylist()
