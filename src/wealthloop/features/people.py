"""Who a customer is: age, tenure, relationship manager, suitability level, consents."""

from datetime import date
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wealthloop.bank import BankTables
from wealthloop.bank.converted import Cells
from wealthloop.bank.converted import compute as pc
from wealthloop.bank.rows import newest
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


def population(bank: BankTables, *, as_of: date) -> pa.Table:
    """Return the customers whose account was open by ``as_of``, sorted.

    Returns:
        ``customer_id``, ``age`` (full years, by the year alone where only that is known, else null), ``open_date``.
    """
    columns = ("customer_id", "birth_date", "birth_year", "open_date")
    rows = bank.read("customers", columns, as_of=as_of, days=(None, as_of)).sort_by("customer_id").combine_chunks()
    birth = rows["birth_date"]
    day_of_year = pc.add(pc.multiply(pc.month(birth), 100), pc.day(birth))
    before_birthday = pc.cast(pc.greater(day_of_year, as_of.month * 100 + as_of.day), pa.int64())
    exact = pc.subtract(pc.subtract(as_of.year, pc.year(birth)), before_birthday)
    age = pc.coalesce(exact, pc.subtract(as_of.year, rows["birth_year"]))
    return pa.table({"customer_id": rows["customer_id"], "age": age, "open_date": rows["open_date"]})


def people_values(bank: BankTables, customers: pa.Table, *, as_of: date) -> dict[str, Floats]:
    """Return the features of ``PEOPLE_FEATURES`` for the customers of ``population``, each of shape (n_customers,)."""
    ids = customers["customer_id"].combine_chunks()
    said = bank.read("consents", ("customer_id", "purpose", "channel", "state", "at", "known_at"), as_of=as_of)
    consents = newest(said, ["customer_id", "purpose", "channel"], ["at", "known_at"])
    return {
        "age": _floats(customers["age"]),
        "tenure_days": as_of.toordinal() - _ordinals(customers["open_date"]),
        "has_rm": _has_rm(bank, ids, as_of),
        "suitability_level": _suitability(bank, ids, as_of),
        "consent_marketing": _consent(consents, ids, "marketing"),
        "consent_personalisation": _consent(consents, ids, "personalisation"),
    }


def aligned(ids: Ids, table: pa.Table, column: str, *, fill: float) -> Floats:
    """Return a column of a table with one row a customer in the order of ``ids``; ``fill`` where it has no row."""
    places = pc.index_in(ids, value_set=table["customer_id"].combine_chunks())
    values = _floats(pc.take(table[column], places))
    values[pc.is_null(places).to_numpy(zero_copy_only=False)] = fill
    return values


def _has_rm(bank: BankTables, ids: Ids, as_of: date) -> Floats:
    rows = bank.read("book_assignments", ("customer_id", "from", "to"), as_of=as_of)
    day = pa.scalar(as_of, pa.date32())
    open_ended = pc.or_kleene(pc.is_null(rows["to"]), pc.greater(rows["to"], day))
    return _one_where(rows, pc.and_kleene(pc.less_equal(rows["from"], day), open_ended), ids)


def _suitability(bank: BankTables, ids: Ids, as_of: date) -> Floats:
    columns = ("customer_id", "level", "assessed_at", "known_at")
    rows = bank.read("suitability", columns, as_of=as_of, days=(None, as_of))
    held = newest(rows, ["customer_id"], ["assessed_at", "known_at"])
    level = pc.cast(pc.utf8_slice_codeunits(held["level"], 1, 2), pa.float64())
    return aligned(ids, pa.table({"customer_id": held["customer_id"], "value": level}), "value", fill=float("nan"))


def _consent(newest_words: pa.Table, ids: Ids, purpose: str) -> Floats:
    """1 where the newest word for any channel grants, 0 where none does, NaN where the bank has no consents at all."""
    of_purpose = pc.equal(newest_words["purpose"], purpose)
    return _one_where(newest_words, pc.and_(of_purpose, pc.equal(newest_words["state"], "granted")), ids)


def _one_where(rows: pa.Table, holds: Cells, ids: Ids) -> Floats:
    """1 for a customer with a row that holds, else 0; a bank with no row at all knows nothing: NaN."""
    if not rows.num_rows:
        return np.full(len(ids), np.nan)
    holders = rows.filter(holds)["customer_id"].combine_chunks()
    return np.asarray(pc.is_in(ids, value_set=holders).to_numpy(zero_copy_only=False), dtype=np.float64)


def _ordinals(days: Column) -> Floats:
    return _floats(pc.cast(days, pa.int32())) + date(1970, 1, 1).toordinal()


def _floats(values: Column) -> Floats:
    """Return a fresh float64 array, NaN where null."""
    return np.array(pc.cast(values, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
