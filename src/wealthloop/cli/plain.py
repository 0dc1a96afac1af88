"""Typed values as plain JSON values, and one customer's home opened as of a day."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from wealthloop.bank import BankTables
from wealthloop.cli.doors import parse_day
from wealthloop.engines import DuckDBEngine
from wealthloop.errors import InvalidInput
from wealthloop.kit import Home


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A home and its bank at the end of a day."""

    home: Home
    bank: BankTables
    engine: DuckDBEngine
    as_of: date


def opened_at(root: Path, as_of: str) -> Opened:
    """Open a home as of a day; empty: the newest night's, or the last day with facts where no night has run.

    Raises:
        InvalidInput: the home holds no tables, or the day is not written as YYYY-MM-DD.
    """
    home, engine = Home.open(root), DuckDBEngine()
    bank = BankTables(home, engine)
    day = parse_day(as_of) if as_of else home.current() or bank.last_day()
    if day is None:
        raise InvalidInput(f"{home.root} holds no bank tables, load them with 'wealthloop ingest'")
    return Opened(home=home, bank=bank, engine=engine, as_of=day)


def plain(value: object) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Return a typed value as JSON holds it: objects by field, days and instants as ISO 8601."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return [plain(one) for one in (sorted(value) if isinstance(value, frozenset) else value)]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return value.key if isinstance(value, ZoneInfo) else value
