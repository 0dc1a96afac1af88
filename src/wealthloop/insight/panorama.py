"""The panorama of one customer: everything known, each number with its provenance, as one typed value."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from wealthloop import features
from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.errors import NotFound
from wealthloop.insight import histories
from wealthloop.insight.catalogued import feature_values, scores_of
from wealthloop.insight.keeping import row_of
from wealthloop.insight.listed import listed
from wealthloop.insight.outside import outside_tags
from wealthloop.insight.profiles import profiles
from wealthloop.insight.provenance import Around, around_of
from wealthloop.insight.reasons import missing, tags
from wealthloop.insight.tagged import Explained, explained, moves_of, tag_table
from wealthloop.insight.told import profile_sources
from wealthloop.insight.types import Profile
from wealthloop.insight.views import Panorama
from wealthloop.insight.wallet import kept
from wealthloop.insight.wallet.estimate import wallets
from wealthloop.insight.wallet.told import basis_words, no_interval, wallet_sources
from wealthloop.kit import Home

ZONE: Final = ZoneInfo("Asia/Shanghai")
"""The bank's zone where no home says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """What is kept of one customer or was made anew, one row each; None: not at hand."""

    profile: Profile
    features: pa.Table | None
    tags: pa.Table | None
    wallet: pa.Table | None


def panorama(
    bank: BankTables,
    engine: Engine,
    customer_id: str,
    *,
    as_of: date,
    table: pa.Table | None = None,
    home: Home | None = None,
) -> Panorama:
    """Show a customer whole, as known at the end of ``as_of``.

    Args:
        bank: the bank's tables.
        engine: evaluates them.
        customer_id: whom to show.
        as_of: the last day that counts.
        table: the profiles of that day (``load``), where the caller has them.
        home: where a night's features, scores, tags and transitions are kept. What it has not of that day is made for
            the whole bank, which takes seconds; with a ``table`` and no home features, tags in full and scores are
            left out.

    Raises:
        NotFound: the bank had no such customer by then.
    """
    rows = _rows(bank, engine, customer_id, as_of, table, home)
    around = around_of(bank, as_of=as_of, holdings_day=rows.profile.aum_day)
    days, aum = histories.balances(bank, engine, customer_id, as_of=as_of)
    full = _explained(rows, around, home, customer_id)
    told = wallet_sources(rows.wallet, around) if rows.wallet is not None else ()
    shown, withheld = outside_tags(bank, engine, customer_id, around)
    return Panorama(
        customer_id=customer_id,
        as_of=as_of,
        profile=rows.profile,
        profile_sources=profile_sources(rows.profile, around),
        wallet=told,
        wallet_basis=basis_words(told),
        tags=tags(rows.profile, full),
        explained=full,
        features=feature_values(rows.features, around) if rows.features is not None else (),
        scores=scores_of(home, customer_id, around) if home is not None else (),
        outside=shown,
        withheld=withheld,
        days=days,
        aum=aum,
        holdings=histories.holdings(bank, engine, customer_id, newest=rows.profile.aum_day, as_of=as_of),
        happenings=histories.happenings(bank, engine, customer_id, as_of=as_of),
        contacts=histories.contacts(bank, engine, customer_id, as_of=as_of),
        complaints=histories.complaints(bank, engine, customer_id, as_of=as_of),
        plans=histories.plans(bank, engine, customer_id, as_of=as_of),
        lists=listed(bank, engine, customer_id, around),
        missing=(*missing(bank, rows.profile), *(no_interval(rows.wallet) if rows.wallet is not None else ())),
    )


def explain_tags(
    bank: BankTables, engine: Engine, customer_id: str, *, as_of: date, home: Home
) -> tuple[Explained, ...]:
    """Explain a customer's tags as of a day, kept ones or such as are made now.

    Raises:
        NotFound: the bank had no such customer by then.
    """
    rows = _rows(bank, engine, customer_id, as_of, None, home)
    return _explained(rows, around_of(bank, as_of=as_of, holdings_day=rows.profile.aum_day), home, customer_id)


def profile_of(table: pa.Table, customer_id: str) -> Profile:
    """Return one customer's row of ``profiles``.

    Raises:
        NotFound: the table has no such customer.
    """
    rows = _only(table, customer_id).to_pylist()
    if not rows:
        raise NotFound(f"customer_id == {customer_id}, no such customer by that day")
    return Profile(**rows[0])


def _rows(
    bank: BankTables, engine: Engine, customer_id: str, as_of: date, table: pa.Table | None, home: Home | None
) -> _Rows:
    if home is None and table is not None:
        return _Rows(profile=profile_of(table, customer_id), features=None, tags=None, wallet=None)
    told = _kept(home, customer_id, as_of) if home is not None else None
    if told is not None:
        return told
    made = _features(bank, engine, as_of, home)
    known = table if table is not None else profiles(bank, engine, as_of=as_of, features=made)
    profile = profile_of(known, customer_id)
    tagged = tag_table(bank, as_of=as_of, features=made, zone=home.zone if home else ZONE)
    return _Rows(
        profile=profile,
        features=_only(made, customer_id),
        tags=_only(tagged, customer_id),
        wallet=_wallet(bank, engine, home, made, customer_id, as_of),
    )


def _kept(home: Home, customer_id: str, as_of: date) -> _Rows | None:
    """Return what a night has kept of a customer, None where a part of it is not there."""
    folders = (home.insight, home.features, home.insight / "tags")
    profile, known, tagged = (row_of(folder, as_of, customer_id) for folder in folders)
    if profile is None or known is None or tagged is None:
        return None
    wallet = row_of(kept.folder(home), as_of, customer_id)
    return _Rows(profile=profile_of(profile, customer_id), features=known, tags=tagged, wallet=wallet)


def _wallet(
    bank: BankTables, engine: Engine, home: Home | None, made: pa.Table, customer_id: str, as_of: date
) -> pa.Table | None:
    model = kept.model_for(home, bank, engine, made, as_of=as_of) if home is not None else None
    return _only(wallets(model, bank, engine, made, as_of=as_of), customer_id) if model is not None else None


def _features(bank: BankTables, engine: Engine, as_of: date, home: Home | None) -> pa.Table:
    if home is not None:
        try:
            return features.load(home, as_of)
        except NotFound:
            pass
    return features.build(bank, engine, as_of=as_of)


def _explained(rows: _Rows, around: Around, home: Home | None, customer_id: str) -> tuple[Explained, ...]:
    if rows.tags is None:
        return ()
    moves = moves_of(home, customer_id, as_of=around.as_of) if home is not None else []
    return explained(rows.tags, around, moves=moves)


def _only(table: pa.Table, customer_id: str) -> pa.Table:
    return table.filter(pc.equal(table["customer_id"], pa.scalar(customer_id)))
