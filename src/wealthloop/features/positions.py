"""The positions of a day: sums by product group, concentration, what matures, what was gained."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wealthloop.bank import BankTables
from wealthloop.bank.converted import Cells
from wealthloop.bank.converted import compute as pc
from wealthloop.bank.rows import codes, places, whole
from wealthloop.features.balances import Ids, Integers, summed
from wealthloop.features.groups import BALANCE_GROUPS

Floats: TypeAlias = NDArray[np.float64]

MATURE_WITHIN: Final = (7, 14, 30, 60, 90, 180, 365)
MATURE_COUNTED: Final = (30, 90)
_EPOCH: Final = date(1970, 1, 1).toordinal()
_YUAN: Final = 100
_RATE_UNITS: Final = 1_000_000
"""A rate is added up in whole millionths, weighted by whole yuan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Positions of a day, each array of shape (n_positions,)."""

    who: Integers
    """Place of the customer."""
    product: Cells
    balance: Integers
    matures: Integers
    """Days since 1970; 0 where it does not."""
    gain: Floats
    """Fen; NaN where the bank does not say."""
    rate: Floats
    """A year; NaN where there is none."""


def held_on(bank: BankTables, ids: Ids, day: date, as_of: date) -> Held:
    """Return the positions of customers on a day."""
    columns = ("customer_id", "product_id", "balance", "maturity_date", "unrealised_pnl", "rate")
    rows = bank.read("holdings", columns, as_of=as_of, days=(day, day))
    who = places(rows["customer_id"], ids)
    ours = who >= 0
    return Held(
        who=who[ours],
        product=rows["product_id"].filter(pa.array(ours)),
        balance=whole(rows["balance"])[ours],
        matures=whole(rows["maturity_date"])[ours],
        gain=_floats(rows["unrealised_pnl"])[ours],
        rate=_floats(rows["rate"])[ours],
    )


def _floats(cells: Cells) -> Floats:
    return np.asarray(pc.cast(cells, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def balances_by_group(held: Held, product_group: Mapping[str, str] | None, size: int) -> dict[str, Floats]:
    """Return the balance of each group, fen, each of shape (size,); NaN throughout without products."""
    if product_group is None:
        return {name: np.full(size, np.nan) for name in BALANCE_GROUPS}
    names = list(BALANCE_GROUPS)
    of_product = np.array([*(names.index(group) for group in product_group.values()), len(names)])
    group = of_product[places(held.product, pa.array(list(product_group), pa.string()))]
    totals = summed(held.who * (len(names) + 1) + group, held.balance, size * (len(names) + 1))
    table = totals.reshape(size, len(names) + 1).astype(np.float64)
    return {name: np.ascontiguousarray(table[:, place]) for place, name in enumerate(names)}


def concentration(held: Held, aum: Integers) -> dict[str, Floats]:
    """Return how many products have a balance, and the share of the largest where there is anything."""
    product, many = codes([held.product])
    pairs, inverse = np.unique(held.who * max(many, 1) + product, return_inverse=True)
    totals = summed(inverse, held.balance, pairs.size)
    owners = pairs // max(many, 1)
    largest = np.full(aum.size, np.iinfo(np.int64).min)
    np.maximum.at(largest, owners, totals)
    some = aum > 0
    share = np.full(aum.size, np.nan)
    share[some] = largest[some].astype(np.float64) / aum[some].astype(np.float64)
    count = np.bincount(owners[totals > 0], minlength=aum.size).astype(np.float64)
    return {"concentration": share, "products": count}


def maturities(held: Held, size: int, as_of: date) -> dict[str, Floats]:
    """Return what matures within some days, how many positions, and the days to the next; each of shape (size,)."""
    today = as_of.toordinal() - _EPOCH
    found = {}
    for within in MATURE_WITHIN:
        due = (held.matures > today) & (held.matures <= today + within)
        found[f"maturing_{within}d"] = summed(held.who[due], held.balance[due], size).astype(np.float64)
        if within in MATURE_COUNTED:
            found[f"maturing_count_{within}d"] = np.bincount(held.who[due], minlength=size).astype(np.float64)
    next_day = np.full(size, np.inf)
    later = held.matures > today
    np.minimum.at(next_day, held.who[later], held.matures[later] - float(today))
    return {**found, "next_maturity_days": np.where(np.isinf(next_day), np.nan, next_day)}


def gains(held: Held, size: int) -> dict[str, Floats]:
    """Return what positions have gained; sums are of whole fen, so that their order does not matter."""
    told = ~np.isnan(held.gain)
    rated = ~np.isnan(held.rate) & (held.balance > 0)
    if not told.any():
        found = dict.fromkeys(("gain", "worst_gain", "losing_positions", "losing_balance"), np.full(size, np.nan))
    else:
        who, gain, balance = held.who[told], held.gain[told].astype(np.int64), held.balance[told]
        worst = np.full(size, np.nan)
        np.fmin.at(worst, who, gain.astype(np.float64))
        lost = gain < 0
        found = {
            "gain": summed(who, gain, size).astype(np.float64),
            "worst_gain": worst,
            "losing_positions": np.bincount(who[lost], minlength=size).astype(np.float64),
            "losing_balance": summed(who[lost], balance[lost], size).astype(np.float64),
        }
    who = held.who[rated]
    rate = np.rint(held.rate[rated] * _RATE_UNITS).astype(np.int64)
    yuan = held.balance[rated] // _YUAN
    total = summed(who, yuan, size).astype(np.float64)
    earned = summed(who, rate * yuan, size).astype(np.float64) / _RATE_UNITS
    return {**found, "deposit_rate": np.where(total > 0, earned / np.where(total > 0, total, 1.0), np.nan)}
