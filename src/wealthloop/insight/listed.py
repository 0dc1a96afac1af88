"""Where the lists of the panorama come from: tables, columns, days, and when the bank learned the newest row."""

from datetime import UTC, date
from typing import Final

from wealthloop.bank import TABLES, BankTables
from wealthloop.bank.versions import day_column
from wealthloop.engines import Engine
from wealthloop.engines.types import Expr
from wealthloop.insight.provenance import Around, assumed
from wealthloop.insight.views import Listed

LISTS: Final[dict[str, tuple[str, ...]]] = {
    "holdings": ("product_id", "position_id", "as_of", "balance", "rate", "start_date", "maturity_date",
                 "redeemable_from", "unrealised_pnl"),
    "transactions": ("at", "kind", "amount", "product_id", "counterparty_kind"),
    "app_events": ("at", "kind", "product_id"),
    "contacts": ("at", "channel", "strategy_id", "outcome"),
    "complaints": ("at", "channel", "topic"),
    "plans": ("product_id", "kind", "amount", "cycle", "started", "stopped"),
}  # fmt: skip
"""Tables whose rows the panorama lists, and the columns that it shows of each."""


def listed(bank: BankTables, engine: Engine, customer_id: str, around: Around) -> tuple[Listed, ...]:
    """Return what is behind each list, by table."""
    return tuple(
        _listed(table, engine, _of(bank, table, customer_id, around.as_of), around)
        for table in LISTS
        if bank.has(table)
    )


def _of(bank: BankTables, table: str, customer_id: str, as_of: date) -> Expr:
    rows = bank.scan(table, as_of=as_of)
    rows = rows.filter(rows["customer_id"] == customer_id)
    day = rows[day_column(TABLES[table])]
    return rows.aggregate(rows=rows.count(), first=day.min(), last=day.max(), known=rows["known_at"].max())


def _listed(table: str, engine: Engine, summary: Expr, around: Around) -> Listed:
    found = engine.to_arrow(summary, name=f"{table} of a customer").to_pylist()[0]
    sources = tuple(f"{table}.{column}" for column in LISTS[table])
    return Listed(
        table=table,
        sources=sources,
        rows=found["rows"],
        first_day=found["first"],
        last_day=found["last"],
        newest_known=found["known"].replace(tzinfo=UTC) if found["known"] else None,
        assumed=assumed(sources, around.imputed),
    )
