"""Who a customer is: age, tenure, relationship manager, suitability level, consents."""

from datetime import date
from typing import Any, Final, TypeAlias

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.engines.types import Expr
from wealthloop.features.types import Feature, Unit

Floats: TypeAlias = NDArray[np.float64]
Ids: TypeAlias = "pa.Array[Any]"
Column: TypeAlias = "pa.Array[Any] | pa.ChunkedArray[Any]"

PEOPLE_FEATURES: Final = (
    Feature(
        name="age", unit=Unit.YEARS, zh="年龄", en="age", level=3, grade="C2",
        lineage=("customers.birth_date", "customers.birth_year"),
    ),
    Feature(
        name="tenure_days", unit=Unit.DAYS, zh="开户天数", en="days since the account was opened",
        lineage=("customers.open_date",),
    ),
    Feature(
        name="has_rm", unit=Unit.FLAG, zh="有管户经理", en="has a relationship manager",
        lineage=("book_assignments.from", "book_assignments.to"),
    ),
    Feature(
        name="suitability_level", unit=Unit.LEVEL, zh="适当性等级", en="suitability level",
        lineage=("suitability.level", "suitability.assessed_at"),
    ),
    Feature(
        name="consent_marketing", unit=Unit.FLAG, zh="同意营销", en="consents to marketing",
        lineage=("consents.purpose", "consents.state", "consents.at"),
    ),
    Feature(
        name="consent_personalisation", unit=Unit.FLAG, zh="同意个性化", en="consents to personalisation",
        lineage=("consents.purpose", "consents.state", "consents.at"),
    ),
)  # fmt: skip


def population(bank: BankTables, engine: Engine, *, as_of: date) -> pa.Table:
    """Return the customers whose account was open by ``as_of``, sorted.

    Returns:
        ``customer_id``, ``age`` (full years, by the year alone where only that is known, else null), ``open_date``.
    """
    customers = bank.scan("customers", as_of=as_of)
    opened = customers.filter(customers["open_date"] <= ibis.literal(as_of))
    birth = opened["birth_date"]
    before_birthday = birth.month() * 100 + birth.day() > as_of.month * 100 + as_of.day
    exact = as_of.year - birth.year() - before_birthday.ifelse(1, 0)
    age = ibis.coalesce(exact.cast("int64"), as_of.year - opened["birth_year"])
    chosen = opened.select(customer_id=opened["customer_id"], age=age, open_date=opened["open_date"])
    return engine.to_arrow(chosen.order_by("customer_id"), name="customers")


def people_values(bank: BankTables, engine: Engine, customers: pa.Table, *, as_of: date) -> dict[str, Floats]:
    """Return the features of ``PEOPLE_FEATURES`` for the customers of ``population``, each of shape (n_customers,)."""
    ids = customers["customer_id"].combine_chunks()
    consents = bank.scan("consents", as_of=as_of)
    return {
        "age": _floats(customers["age"]),
        "tenure_days": as_of.toordinal() - _ordinals(customers["open_date"]),
        "has_rm": _has_rm(bank, engine, ids, as_of),
        "suitability_level": _suitability(bank, engine, ids, as_of),
        "consent_marketing": _consent(consents, engine, ids, "marketing"),
        "consent_personalisation": _consent(consents, engine, ids, "personalisation"),
    }


def aligned(ids: Ids, table: pa.Table, column: str, *, fill: float) -> Floats:
    """Return a column of a table with one row a customer in the order of ``ids``; ``fill`` where it has no row."""
    places = pc.index_in(ids, value_set=table["customer_id"].combine_chunks())
    values = _floats(pc.take(table[column], places))
    values[pc.is_null(places).to_numpy(zero_copy_only=False)] = fill
    return values


def _has_rm(bank: BankTables, engine: Engine, ids: Ids, as_of: date) -> Floats:
    rows = bank.scan("book_assignments", as_of=as_of)
    day = ibis.literal(as_of)
    now = (rows["from"] <= day) & (rows["to"].isnull() | (rows["to"] > day))
    per_customer = rows.group_by("customer_id").aggregate(value=now.ifelse(1, 0).max().cast("float64"))
    return _known_or_nan(engine.to_arrow(per_customer, name="book assignments"), ids)


def _suitability(bank: BankTables, engine: Engine, ids: Ids, as_of: date) -> Floats:
    rows = bank.scan("suitability", as_of=as_of)
    rows = rows.filter(rows["assessed_at"] <= ibis.literal(as_of))
    newest = _newest(rows, ["customer_id"], "assessed_at")
    level = newest.select("customer_id", value=newest["level"].substr(1, 1).cast("float64"))
    return aligned(ids, engine.to_arrow(level, name="suitability"), "value", fill=float("nan"))


def _consent(consents: Expr, engine: Engine, ids: Ids, purpose: str) -> Floats:
    """1 where the newest word for any channel grants, 0 where none does, NaN where the bank has no consents at all."""
    newest = _newest(consents, ["customer_id", "purpose", "channel"], "at")
    granted = (newest["purpose"] == purpose) & (newest["state"] == "granted")
    per_customer = newest.group_by("customer_id").aggregate(value=granted.ifelse(1, 0).max().cast("float64"))
    return _known_or_nan(engine.to_arrow(per_customer, name="consents"), ids)


def _known_or_nan(table: pa.Table, ids: Ids) -> Floats:
    """A bank with no row of the table knows nothing; with some, a customer without a row has none."""
    return aligned(ids, table, "value", fill=0.0 if table.num_rows else float("nan"))


def _newest(rows: Expr, by: list[str], when: str) -> Expr:
    window = ibis.window(group_by=by, order_by=[rows[when].desc(), rows["known_at"].desc()])
    ranked = rows.mutate(rank=ibis.row_number().over(window))
    return ranked.filter(ranked["rank"] == 0).drop("rank")


def _ordinals(days: Column) -> Floats:
    return _floats(pc.cast(days, pa.int32())) + date(1970, 1, 1).toordinal()


def _floats(values: Column) -> Floats:
    """Return a fresh float64 array, NaN where null."""
    return np.array(pc.cast(values, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
