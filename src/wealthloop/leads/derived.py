"""Columns of the customer's row that are worked out from others."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import pyarrow as pa

from wealthloop.bank.converted import Cells
from wealthloop.bank.converted import compute as pc
from wealthloop.insight import TIERS

People: TypeAlias = Callable[[str], Cells]
"""Gives a column of the customers' rows."""


def _tier_floor(people: People, _: int) -> Cells:
    names, floors = pa.array([tier.name for tier in TIERS]), pa.array([tier.floor for tier in TIERS])
    return floors.take(pc.index_in(people("tier"), value_set=names))


def _aum_month(people: People, _: int) -> Cells:
    return pc.strftime(people("aum_day"), format="%Y-%m")


def _short_of(people: People, _: int) -> Cells:
    return pc.subtract(people("next_tier_floor"), people("aum_average"))


def _aum_lost(people: People, _: int) -> Cells:
    return pc.max_element_wise(pc.negate(people("aum_change_30d")), 0.0, skip_nulls=False)


def _days_to_reassess(people: People, today: int) -> Cells:
    return pc.subtract(pc.cast(people("valid_until"), pa.int32()), today)


DERIVED: Final[Mapping[str, Callable[[People, int], Cells]]] = {
    "tier_floor": _tier_floor,
    "aum_month": _aum_month,
    "short_of": _short_of,
    "aum_lost_30d": _aum_lost,
    "days_to_reassess": _days_to_reassess,
}
"""By name, of the customers' other columns and the day of the search: the own tier's floor (fen); the month (YYYY-MM)
of the AUM; what the average lacks to the next tier's floor; by how much AUM fell in 30 days (fen); days to the end of
the assessment."""
