"""The wallet 客户总资产: what customers have here and elsewhere, with calibrated intervals.

Three sources, the better one first: what a relationship manager verified in the last year; the comparable customers'
wallet, corrected by the customers whom an audit chose by lot (medians and intervals of wealth elsewhere, linear in the
logarithms of the own wealth here and of the comparable customers'); and where too few were audited, the comparable
customers' wallet alone, without an interval. The audit asks only customers who agreed to personalisation; the model
takes the others to be alike, given their wealth.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa

from wealthloop.bank import BankTables
from wealthloop.bank.converted import Mask, filled
from wealthloop.bank.converted import compute as pc
from wealthloop.bank.rows import places, whole
from wealthloop.engines import Engine
from wealthloop.errors import InvalidInput
from wealthloop.insight.columns import Column, Floats, looked_up, rounded
from wealthloop.insight.wallet.conformal import FOLDS, dealt, fit_band, fit_line
from wealthloop.insight.wallet.peers import Peers, fit_peers, peers_wallet
from wealthloop.insight.wallet.reports import VALID_DAYS, reports
from wealthloop.insight.wallet.types import LEVELS, NO_BALANCE, SCHEMA, TOO_FEW, Basis, Sample, WalletModel
from wealthloop.kit import buckets
from wealthloop.scoring.matrix import column_of

SMALL_FEN: Final = 10_000_00.0
"""Added before logarithms are taken, so that what is small in yuan is small; assumed."""
MOST_FEN: Final = 1e15
"""Ten trillion yuan: an interval that is wider ends here, so that it stays a number."""
SAME_SHARE: Final = (1.0, 0.0)
"""Slopes that a small sample is drawn towards: everyone's share of wallet here is the same."""
_EPOCH: Final = date(1970, 1, 1).toordinal()


def comparable(features: pa.Table) -> int:
    """Return of how many customers a balance is known, so that they can be compared."""
    return int(np.isfinite(column_of(features, "aum_average")).sum())


def fit_wallet(bank: BankTables, engine: Engine, features: pa.Table, *, as_of: date, seed: int) -> WalletModel:
    """Learn wallets as of a day.

    Args:
        bank: its tables.
        engine: on which large tables are joined.
        features: of ``as_of``.
        as_of: the day at whose end everything is known.
        seed: of folds and trees; the same input and seed give the same model.

    Raises:
        InvalidInput: no balances are known, or a feature is not there.
    """
    if not comparable(features):
        raise InvalidInput(f"balances == none as of {as_of}, must be known to estimate wallets: load holdings")
    peers = fit_peers(bank, features, as_of=as_of, seed=seed)
    told = reports(bank, engine, as_of=as_of)
    sample = _sample(peers, bank, features, told.audited, as_of=as_of)
    bands = {level: fit_band(sample.x, sample.y, level, folds=sample.folds, prior=SAME_SHARE) for level in LEVELS}
    found = {level: band for level, band in bands.items() if band is not None}
    middle = fit_line(sample.x, sample.y, 0.5, prior=SAME_SHARE) if found else None
    return WalletModel(as_of=as_of, peers=peers, sample=sample, middle=middle, bands=found, left_out=told.left_out)


def wallets(model: WalletModel, bank: BankTables, engine: Engine, features: pa.Table, *, as_of: date) -> pa.Table:
    """Return the wallet of every customer, from a model of the same day or an earlier one.

    Args:
        model: of ``fit_wallet``.
        bank: its tables.
        engine: on which large tables are joined.
        features: of ``as_of``.
        as_of: the day at whose end everything is known; reports of up to then replace estimates.

    Returns:
        A table of schema ``SCHEMA``, in the order of ``features``.

    Raises:
        InvalidInput: a feature is not there.
    """
    estimated = _estimated(model, bank, features, as_of=as_of)
    told = looked_up(features["customer_id"].combine_chunks(), reports(bank, engine, as_of=as_of).latest)
    verified = filled(told["elsewhere"]) & np.isfinite(estimated.here)
    basis = Basis.PEERS if model.middle is None else Basis.MODEL
    return _table(features, _verified(estimated, told, verified, as_of), basis, verified, told["verified_on"])


def _sample(peers: Peers, bank: BankTables, features: pa.Table, audited: pa.Table, *, as_of: date) -> Sample:
    """Put what the audit found beside what is known of the same customers today."""
    here = column_of(features, "aum")
    x = described(here, peers_wallet(peers, bank, features, as_of=as_of))
    at = places(audited["customer_id"], features["customer_id"].combine_chunks())
    usable = (at >= 0) & np.isfinite(here[at])
    at, elsewhere = at[usable], whole(audited["elsewhere"])[usable]
    drawn = buckets(peers.salt, map(str, features["customer_id"].take(at).to_pylist()))
    return Sample(here=here[at], x=x[at], y=logged(elsewhere.astype(np.float64)), folds=dealt(drawn, FOLDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Off:
    """Wealth elsewhere in fen, arrays of shape (n_customers,), NaN where not known."""

    here: Floats
    point: Floats
    ends: Mapping[float, tuple[Floats, Floats]]
    """Both ends of the interval of each of LEVELS."""


def _estimated(model: WalletModel, bank: BankTables, features: pa.Table, *, as_of: date) -> _Off:
    """Return the model's estimate; intervals hold the point, and the wider level holds the narrower."""
    here = column_of(features, "aum")
    like = peers_wallet(model.peers, bank, features, as_of=as_of)
    x = described(here, like)
    point = np.maximum(like - here, 0) if model.middle is None else fen(model.middle.at(x))
    ends, low, high = {}, point, point
    for level in LEVELS:
        if level not in model.bands:
            ends[level] = (np.full(len(here), np.nan),) * 2
            continue
        found = model.bands[level].at(x)
        low, high = np.minimum(low, fen(found[0])), np.maximum(high, fen(found[1]))
        ends[level] = (low, high)
    return _Off(here=here, point=point, ends=ends)


def _verified(estimated: _Off, told: Mapping[str, Column], verified: Mask, as_of: date) -> _Off:
    """Put what was verified in the place of the estimate.

    On its day a report has no width; as it ages, its interval opens in proportion towards the model's, until after
    ``VALID_DAYS`` the model's estimate is back.
    """
    point = np.where(verified, whole(told["elsewhere"]), estimated.point)
    age = as_of.toordinal() - _EPOCH - whole(told["verified_on"])
    share = np.where(verified, age / VALID_DAYS, 1.0)
    ends = {
        level: (point - share * np.maximum(point - low, 0), point + share * np.maximum(high - point, 0))
        for level, (low, high) in estimated.ends.items()
    }
    return _Off(here=estimated.here, point=point, ends=ends)


def described(here: Floats, like: Floats) -> Floats:
    """Return what wealth elsewhere is regressed on: logs of the wealth here and of peers, shape (n_customers, 2)."""
    return np.log(np.maximum(np.column_stack([here, like]), 0) + SMALL_FEN)


def logged(elsewhere: Floats) -> Floats:
    """Return wealth elsewhere (fen) on the scale of the model."""
    found: Floats = np.log(elsewhere + SMALL_FEN)
    return found


def fen(scaled: Floats) -> Floats:
    """Return what ``logged`` took, not below 0, and not above ``MOST_FEN``."""
    found: Floats = np.maximum(np.exp(np.minimum(scaled, np.log(MOST_FEN))) - SMALL_FEN, 0.0)
    return found


def _table(features: pa.Table, off: _Off, basis: Basis, verified: Mask, verified_on: Column) -> pa.Table:
    known = np.isfinite(off.here)
    whole_ends = np.isfinite(np.column_stack([end for pair in off.ends.values() for end in pair]))
    absent = np.flatnonzero(~whole_ends.all(axis=1))
    because = np.full(len(known), None, dtype=np.object_)
    because[absent] = np.where(known[absent], TOO_FEW, NO_BALANCE)
    columns = {
        "customer_id": features["customer_id"],
        "on_bank": rounded(off.here),
        "wallet": rounded(off.here + off.point),
        "off_bank": rounded(off.point),
        **{
            f"off_bank_{name}_{round(level * 100)}": rounded(end)
            for level, pair in off.ends.items()
            for name, end in zip(("low", "high"), pair, strict=True)
        },
        "basis": pa.array(np.where(verified, Basis.VERIFIED, np.where(known, basis, Basis.UNKNOWN))),
        "verified_on": pc.if_else(pa.array(verified), verified_on, pa.scalar(None, pa.date32())),
        "no_interval_because": pa.array(because, pa.string()),
    }
    return pa.table(columns).cast(SCHEMA)
