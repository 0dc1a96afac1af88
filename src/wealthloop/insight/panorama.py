"""The panorama of one customer: everything that a page shows, as one typed value."""

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from wealthloop import features
from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.errors import NotFound
from wealthloop.insight import histories
from wealthloop.insight.profiles import profiles
from wealthloop.insight.reasons import missing, tags
from wealthloop.insight.types import Panorama, Profile


def panorama(
    bank: BankTables, engine: Engine, customer_id: str, *, as_of: date, table: pa.Table | None = None
) -> Panorama:
    """Show a customer whole, as known at the end of ``as_of``.

    Args:
        bank: the bank's tables.
        engine: evaluates them.
        customer_id: whom to show.
        as_of: the last day that counts.
        table: the profiles of that day (``load``); without them they are computed for the whole bank, which takes
            seconds.

    Raises:
        NotFound: the bank had no such customer by then.
    """
    known = table if table is not None else _computed(bank, engine, as_of)
    profile = profile_of(known, customer_id)
    days, aum = histories.balances(bank, engine, customer_id, as_of=as_of)
    customers = bank.scan("customers", as_of=as_of)
    person = customers.filter(customers["customer_id"] == customer_id).select("marital_status", "occupation")
    who = engine.to_arrow(person, name="customer").to_pylist()[0]
    return Panorama(
        customer_id=customer_id,
        as_of=as_of,
        profile=profile,
        tags=tags(profile, marital=who["marital_status"], occupation=who["occupation"]),
        days=days,
        aum=aum,
        holdings=histories.holdings(bank, engine, customer_id, newest=profile.aum_day, as_of=as_of),
        happenings=histories.happenings(bank, engine, customer_id, as_of=as_of),
        contacts=histories.contacts(bank, engine, customer_id, as_of=as_of),
        complaints=histories.complaints(bank, engine, customer_id, as_of=as_of),
        plans=histories.plans(bank, engine, customer_id, as_of=as_of),
        missing=missing(bank, profile),
    )


def profile_of(table: pa.Table, customer_id: str) -> Profile:
    """Return one customer's row of ``profiles``.

    Raises:
        NotFound: the table has no such customer.
    """
    rows = table.filter(pc.equal(table["customer_id"], pa.scalar(customer_id))).to_pylist()
    if not rows:
        raise NotFound(f"customer_id == {customer_id}, no such customer by that day")
    return Profile(**rows[0])


def _computed(bank: BankTables, engine: Engine, as_of: date) -> pa.Table:
    return profiles(bank, engine, as_of=as_of, features=features.build(bank, engine, as_of=as_of))
