"""Rows that arrive one by one as lines of JSON: each is checked and stored as a load would, or refused by name."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from wealthloop.bank.check import DUPLICATE_COLUMN, Refused, Surroundings, check, header_fault
from wealthloop.bank.chunks import UNREADABLE, Chunk
from wealthloop.bank.contract import TABLES, Kind, TableSpec
from wealthloop.bank.converted import WRONG_TYPE
from wealthloop.bank.credentials import is_card_number
from wealthloop.bank.versions import storage_schema

UNREADABLE_JSON: Final = "unreadable_json"
UNKNOWN_COLUMN: Final = "unknown_column"
NOT_LIVE: Final = "not_live"
C3_REFUSED: Final = "c3_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A row of a table of the contract."""

    table: str
    row: Mapping[str, Any]
    """Every column, and ``known_at``, as tables store it: money in fen, instants zone-less UTC."""


class _Fault(Exception):
    """Why a line is no row: (column, rule)."""


def arrived(text: bytes, *, line: int, tables: Collection[str], within: Surroundings) -> Arrived | Refused:
    """Return the row of a line ``{"table": NAME, "row": {COLUMN: VALUE}}``, or why there is none.

    Args:
        text: the line, UTF-8. Values are text, numbers, true, false or null; money is yuan, read exactly as written;
            an instant without a zone is wall time of the bank's.
        line: its number, from 1.
        tables: whose rows are taken.
        within: zone, day and cipher of the bank; what is dated after the day is refused.

    Returns:
        The row; or a refusal whose ``row`` is empty, and whose ``text`` tells no name and no number of a card.
    """
    try:
        table, cells = _split(text, tables)
        spec = TABLES[table]
        _check_names(cells, spec)
        columns = tuple(pa.array([_text(name, value)], pa.string()) for name, value in cells.items())
    except _Fault as fault:
        column, rule = fault.args
        return Refused(line=line, column=column, rule=rule, text="", row="")
    chunk = Chunk(names=tuple(cells), columns=columns, lines=np.asarray([line], dtype=np.int64))
    checked = check(chunk, chunk, spec, file=0, within=within)
    for one in checked.refused:
        told = one.text if spec.column(one.column).grade == "C1" else ""
        return Refused(line=line, column=one.column, rule=one.rule, text=told, row="")
    (row,) = checked.good.select(storage_schema(spec).names).to_pylist()
    return Arrived(table=table, row=row)


def _split(text: bytes, tables: Collection[str]) -> tuple[str, dict[str, Any]]:
    try:
        found = json.loads(
            text.decode("utf-8"), object_pairs_hook=_object, parse_int=str, parse_float=str, parse_constant=_no_number
        )
    except UnicodeDecodeError as error:
        raise _Fault("", UNREADABLE) from error
    except (ValueError, RecursionError) as error:
        raise _Fault("", UNREADABLE_JSON) from error
    if not isinstance(found, dict) or found.keys() != {"table", "row"} or not isinstance(found["row"], dict):
        raise _Fault("", UNREADABLE_JSON)
    if found["table"] not in tables:
        raise _Fault("table", NOT_LIVE)
    return found["table"], found["row"]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Fault(_visible(next(name for name in names if names.count(name) > 1)), DUPLICATE_COLUMN)
    return found


def _no_number(name: str) -> None:
    raise ValueError(name)


def _check_names(cells: Mapping[str, Any], spec: TableSpec) -> None:
    known = {column.name: column for column in spec.columns}
    for name, value in cells.items():
        if name not in known:
            raise _Fault(_visible(name), UNKNOWN_COLUMN)
        if known[name].kind is Kind.TEXT and isinstance(value, str) and is_card_number(value):
            raise _Fault(name, C3_REFUSED)
    fault = header_fault(tuple(cells), spec)
    if fault is not None:
        raise _Fault(*fault)


def _text(name: str, value: object) -> str | None:
    """Return a value as a file of text would have it."""
    if isinstance(value, bool):
        return str(value).lower()
    if value is not None and not isinstance(value, str):
        raise _Fault(name, WRONG_TYPE)
    if value is not None and ("\0" in value or value != _visible(value)):
        raise _Fault(name, UNREADABLE)
    return value


def _visible(text: str) -> str:
    """Return a text as it can be written, half characters by their numbers."""
    return text.encode("utf-8", errors="backslashreplace").decode("utf-8")
