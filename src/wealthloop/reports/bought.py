"""Purchases as the bank's transactions tell them, gathered part after part."""

from datetime import date
from typing import Final

import pyarrow as pa

from wealthloop.bank import BankTables, Fold
from wealthloop.bank.converted import compute

_TYPES: Final[dict[str, pa.DataType]] = {
    "transaction_id": pa.string(),
    "customer_id": pa.string(),
    "at_day": pa.date32(),
    "amount": pa.int64(),
    "product_id": pa.string(),
}
_SCHEMA: Final = pa.schema(_TYPES)
_COLUMNS: Final = tuple(_TYPES)
_CHUNKS: Final = 64
"""So many pieces are made one, so that a year of days does not slow a search."""


def bought(bank: BankTables, *, first: date, last: date, as_of: date) -> pa.Table:
    """Return the purchases of bank days ``first`` to ``last``, none after ``as_of``, as they were known at its end.

    Returns:
        ``transaction_id``, ``customer_id``, ``at_day``, ``amount`` (fen, as booked) and ``product_id``.
    """
    known = bank.folded(_FOLD, as_of=as_of, before=date.fromordinal(max(last, as_of).toordinal() + 1))
    from_first = compute.greater_equal(known["at_day"], pa.scalar(first, pa.date32()))
    return known.filter(compute.and_(from_first, compute.less_equal(known["at_day"], pa.scalar(last, pa.date32()))))


def of_categories(bank: BankTables, purchases: pa.Table, categories: list[str], *, as_of: date) -> pa.Table:
    """Return the purchases of products of some categories, with their ``category``."""
    products = bank.read("products", ("product_id", "category"), as_of=as_of)
    wanted = products.filter(compute.is_in(products["category"], value_set=pa.array(categories, pa.string())))
    at = compute.index_in(purchases["product_id"], value_set=wanted["product_id"].combine_chunks())
    named = purchases.append_column("category", compute.take(wanted["category"], at))
    return named.filter(compute.is_valid(at))


def _step(known: pa.Table, rows: pa.Table) -> pa.Table:
    buys = rows.filter(compute.equal(rows["kind"], "buy")).select(list(_COLUMNS))
    joined = pa.concat_tables([known, buys.cast(known.schema)])
    return joined.combine_chunks() if joined["amount"].num_chunks > _CHUNKS else joined


_FOLD: Final = Fold(
    name="bought",
    table="transactions",
    columns=(*_COLUMNS, "kind"),
    start=_SCHEMA.empty_table(),
    step=_step,
)
