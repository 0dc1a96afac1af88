"""A small simulated bank with late corrections, the same for every engine."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from wealthloop.bank import TABLES, BankTables, Kind, ingest
from wealthloop.engines import DuckDBEngine
from wealthloop.experiments import Arm
from wealthloop.kit import Home
from wealthloop.sandbox import RunningStrategy, World

AS_OF: Final = date(2026, 11, 20)
STRATEGY: Final = "maturity-care"
_DAYS: Final = 100
_CUSTOMERS: Final = 120
_ARMS: Final = (Arm(name="contact", share=0.8, control=False), Arm(name="control", share=0.2, control=True))
_PLANS: Final = (
    "customer_id,product_id,kind,amount,cycle,started,stopped\n"
    "C000001,P017,regular_investment,1000,monthly,2026-09-01,2026-11-19\n"
    "C000001,P019,regular_premium,500.50,yearly,2026-09-15,2027-09-15\n"
)
_COMPLAINTS: Final = "customer_id,at,channel,topic\nC000001,2026-11-02 10:00:00,app,fees\nC000002,2026-11-02,,\n"


def bank_at(folder: Path) -> Home:
    """Make the bank: a hundred days of a world, then corrections of some rows, known since ``AS_OF``."""
    home = Home.create(folder / "home", salt="conformance")
    world = World(seed=11, customers=_CUSTOMERS, salt=home.settings.salt)
    first = AS_OF - timedelta(days=_DAYS - 1)
    running = RunningStrategy(
        strategy_id=STRATEGY, version=1, triggers=("deposit_maturing", "large_inflow"), product_id="P019",
        channel="rm", daily_capacity=20, arms=_ARMS, launched_on=first,
    )  # fmt: skip
    world.history(first=first, last=AS_OF, running=[running], out=folder / "world")
    ingest(home, folder / "world", mapping=None, as_of=AS_OF)
    _correct(home, folder / "late")
    ingest(home, folder / "late", mapping=None, as_of=AS_OF)
    return home


def _correct(home: Home, folder: Path) -> None:
    folder.mkdir()
    (folder / "plans.csv").write_text(_PLANS, encoding="utf-8")
    (folder / "complaints.csv").write_text(_COMPLAINTS, encoding="utf-8")
    engine = DuckDBEngine()
    for table, column in (("holdings", "balance"), ("transactions", "amount")):
        rows = BankTables(home, engine).scan(table, as_of=AS_OF).order_by(TABLES[table].key)
        wrong = engine.to_arrow(rows, name=table).to_pylist()[::97]
        corrected = [_as_handed_over(table, {**row, column: row[column] + 12_345}) for row in wrong]
        pq.write_table(pa.Table.from_pylist(corrected), folder / f"{table}_late.parquet")


def _as_handed_over(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return a stored row as a bank writes it: yuan, instants with a zone, no ``known_at``."""
    return {
        column.name: _cell(row[column.name], column.kind)
        for column in TABLES[table].columns
        if column.name != "known_at"
    }


def _cell(value: Any, kind: Kind) -> Any:  # noqa: ANN401 - cells of any kind
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    return Decimal(value) / 100 if kind is Kind.MONEY and value is not None else value
