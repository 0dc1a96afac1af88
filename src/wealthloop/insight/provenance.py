"""Where values come from: the contract columns behind them, and which of those are no facts of the bank."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias

from wealthloop.bank import BankTables
from wealthloop.insight.types import Sourced, Words

Imputed: TypeAlias = Mapping[str, tuple[str, ...]]
"""``BankTables.imputed``: by table the columns that a mapping derived, assumed or set."""
Value: TypeAlias = float | str | bool | date | None

_ON_HOLDINGS: Final = "holdings.as_of"


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the provenance of a customer's values has in common."""

    as_of: date
    holdings_day: date | None
    """The newest day of holdings that is known at the end of ``as_of``."""
    imputed: Imputed


def around_of(bank: BankTables, *, as_of: date, holdings_day: date | None) -> Around:
    """Return what values of a bank at the end of a day have in common."""
    return Around(as_of=as_of, holdings_day=holdings_day, imputed=bank.imputed())


def sourced(
    name: str, value: Value, *, words: Words, unit: str, made_by: str, sources: Iterable[str], around: Around
) -> Sourced:
    """Return a value with its provenance; NaN and infinite numbers are not known."""
    columns = tuple(sources)
    day = around.holdings_day if _ON_HOLDINGS in columns else None
    return Sourced(
        name=name,
        words=words,
        value=None if isinstance(value, float) and not math.isfinite(value) else value,
        unit=unit,
        made_by=made_by,
        sources=columns,
        as_of=day or around.as_of,
        assumed=assumed(columns, around.imputed),
    )


def assumed(sources: Iterable[str], imputed: Imputed) -> tuple[str, ...]:
    """Return those of some columns (``table.column``) that a mapping derived, assumed or set."""
    marked = {f"{table}.{column}" for table, columns in imputed.items() for column in columns}
    return tuple(column for column in sources if column in marked)
