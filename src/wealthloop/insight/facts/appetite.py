"""The risk that a customer's holdings show, against the assessed level."""

from typing import Final

import numpy as np
import pyarrow as pa

from wealthloop.bank.converted import compute as pc
from wealthloop.bank.rows import places, whole
from wealthloop.features import summed
from wealthloop.insight.columns import Floats, Integers, floats
from wealthloop.insight.facts.asked import Asked
from wealthloop.insight.machines import Fact

RATES: Final = 5
_NONE: Final = 0


def appetite(asked: Asked) -> dict[str, Fact]:
    """Return shares of AUM on the newest day: rated at all, above the level, at the level or one under.

    NaN where a customer has no AUM, the bank no products, or (of the shares by level) there is no level.
    """
    nothing = np.full(asked.size, np.nan)
    ratings = product_ratings(asked)
    if asked.months is None or not ratings.num_rows:
        return dict.fromkeys(("rated_share", "share_above_level", "share_near_level"), nothing)
    by_rating = _by_rating(asked, ratings)
    total = by_rating.sum(axis=1)
    shares = np.divide(by_rating, total[:, None], out=np.full(by_rating.shape, np.nan), where=total[:, None] > 0)
    level = floats(asked.features, "suitability_level")
    rates = np.arange(RATES + 1)
    rated = rates > _NONE
    return {
        "rated_share": shares[:, rated].sum(axis=1),
        "share_above_level": _of_level(shares, level, rates[None, :] > level[:, None]),
        "share_near_level": _of_level(shares, level, rated & (rates <= level[:, None]) & (rates >= level[:, None] - 1)),
    }


def product_ratings(asked: Asked) -> pa.Table:
    """Return ``product_id`` and ``rating``, 1 to 5: the higher of issuer's and seller's, 1 for deposits.

    0 without both ratings, as the unknown one may be the higher.
    """
    rows = asked.bank.read(
        "products", ("product_id", "regime", "issuer_risk", "seller_risk"), as_of=asked.as_of
    )  # fmt: skip
    issuer, seller = (_number(rows, name) for name in ("issuer_risk", "seller_risk"))
    higher = np.where((issuer > 0) & (seller > 0), np.maximum(issuer, seller), _NONE)
    deposit = np.asarray(pc.equal(rows["regime"], "deposit").to_numpy(), dtype=np.bool_)
    return pa.table({"product_id": rows["product_id"], "rating": np.where(deposit, 1, higher)})


def _number(rows: pa.Table, name: str) -> Integers:
    return whole(pc.cast(pc.utf8_slice_codeunits(rows[name], 1, 2), pa.int64()))


def _by_rating(asked: Asked, ratings: pa.Table) -> Floats:
    """Sum balances of the newest day by rating, fen, shape (n_customers, 6); place 0: not rated."""
    newest = asked.months.newest if asked.months else asked.as_of
    held = asked.bank.read(
        "holdings", ("customer_id", "product_id", "balance"), as_of=asked.as_of, days=(newest, newest)
    )  # fmt: skip
    who = places(held["customer_id"], asked.ids)
    which = places(held["product_id"], ratings["product_id"].combine_chunks())
    rating = np.where(which >= 0, whole(ratings["rating"])[which], _NONE)
    ours = who >= 0
    amounts = np.maximum(whole(held["balance"]), 0)[ours]
    sums = summed(who[ours] * (RATES + 1) + rating[ours], amounts, asked.size * (RATES + 1))
    return sums.reshape(asked.size, RATES + 1).astype(np.float64)


def _of_level(shares: Floats, level: Floats, inside: "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]") -> Floats:
    found = np.where(inside, shares, 0.0).sum(axis=1)
    return np.where(np.isnan(level) | np.isnan(shares[:, 0]), np.nan, found)
