"""The search for leaks: whatever becomes known after a day must not change a byte of what is made for that day."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from tests.features.small_bank import MemoryBank, Row, Rows, end_of, noon
from wealthloop.bank import TABLES, BankTables
from wealthloop.bank.contract import Kind
from wealthloop.engines import Engine

Make = Callable[[BankTables, Engine], Any]


def leaks(make: Make, engine: Engine, rows: Rows, *, as_of: date) -> list[str]:
    """Return the perturbations of later knowledge that changed what ``make`` gives; none means no leak was found."""
    expected = bytes_of(make(MemoryBank(engine, rows), engine))
    changed = []
    for name, perturbed in _perturbations(engine, rows, as_of):
        if bytes_of(make(MemoryBank(engine, perturbed), engine)) != expected:
            changed.append(name)
    return changed


def _perturbations(engine: Engine, rows: Rows, as_of: date) -> list[tuple[str, Rows]]:
    """Delete, change, correct and add what becomes known after the day, in every table at once."""
    bank = MemoryBank(engine, rows)
    found: dict[str, Rows] = {"deletes": {}, "changes": {}, "corrects": {}, "adds": {}}
    late = end_of(as_of + timedelta(days=4))
    for table in rows:
        given = bank._rows[table]
        before = [row for row in given if row["known_at"] <= end_of(as_of)]
        after = [row for row in given if row["known_at"] > end_of(as_of)]
        found["deletes"][table] = before
        found["changes"][table] = before + [_twisted(table, row) for row in after]
        found["corrects"][table] = given + [{**_twisted(table, row), "known_at": late} for row in before]
        found["adds"][table] = given + [{**_renamed(table, row), "known_at": late} for row in before]
    return list(found.items())


def _twisted(table: str, row: Row) -> Row:
    """Change every amount, code and flag that is no part of the key."""
    changed = dict(row)
    for column in TABLES[table].columns:
        if column.name in TABLES[table].key or column.name == "known_at":
            continue
        if column.kind in (Kind.MONEY, Kind.INTEGER) and changed.get(column.name) is not None:
            changed[column.name] = changed[column.name] * 3 + 1
        elif column.codes:
            changed[column.name] = column.codes[-1]
        elif column.kind is Kind.DAY and changed.get(column.name) is not None:
            changed[column.name] = changed[column.name] - timedelta(days=200)
    return changed


def _renamed(table: str, row: Row) -> Row:
    """Give the row another key, so that it is a new fact."""
    key = [column for column in TABLES[table].key if column != "customer_id"] or ["customer_id"]
    changed = dict(row)
    for column in key:
        if isinstance(row.get(column), str) and column not in ("product_id", "purpose", "channel"):
            changed[column] = f"{row[column]}'"
    if "at_day" in row and "at" in key:
        changed["at_day"] = row["at_day"] - timedelta(days=1)
        changed["at"] = noon(changed["at_day"])
    return changed


def bytes_of(made: Any) -> bytes:  # noqa: ANN401 - a table, or a value with an exact repr
    """Return the exact bytes of what was made (two NaN are equal here, as they are not in Arrow)."""
    if not isinstance(made, pa.Table):
        return repr(made).encode()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, made.schema) as writer:
        writer.write_table(made.combine_chunks())
    return sink.getvalue().to_pybytes()
