"""What each customer of a version brought in and cost within the outcome window: by the value book, in fen."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wealthloop.access.keys import customers_of
from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.ledger import Disposition
from wealthloop.reports.bought import bought, of_categories
from wealthloop.reports.criterion import Criterion
from wealthloop.reports.design import customers_before, of_amount
from wealthloop.reports.happened import happened
from wealthloop.reports.outcomes import Purchases, customer_totals, outcome
from wealthloop.reports.planned import Units
from wealthloop.reports.states import SentIntent
from wealthloop.strategies.parts import SALES
from wealthloop.strategies.valuebook import ValueBook

Floats = NDArray[np.float64]

_SENT: Final = frozenset({"sent", "unknown"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """Per unit, each of the shape (n_units,): ``done`` what is counted, 0 or 1; ``value`` and ``sales`` in fen.

    Values and sales are winsorised at the 99.9 % cut of the window before the start. ``sales`` is None where the
    criterion counts no sale.
    """

    done: Floats
    value: Floats
    sales: Floats | None


def brought_in(
    bank: BankTables, engine: Engine, units: Units, criterion: Criterion, book: ValueBook, *, first: date, as_of: date
) -> Brought:
    """Return what units brought in within the window after their first planned day.

    Args:
        bank: the tables.
        engine: where they are asked.
        units: whose window has closed, at least one.
        criterion: what is counted.
        book: what a success is worth.
        first: the version's first planned day; cuts are from the window that ends on it.
        as_of: what is known by then counts.
    """
    opens = first - timedelta(days=criterion.window_days - 1)
    made = happened(bank, engine, criterion, first=opens, last=as_of, as_of=as_of)
    done = (outcome(made, units, criterion) > 0).astype(np.float64)
    if criterion.metric not in SALES:
        return Brought(done=done, value=done * book.success_value[criterion.metric], sales=None)
    amounts = replace(criterion, metric="amount")
    n_customers = customers_before(bank, first)

    def held(events: Purchases) -> Floats:
        before = customer_totals(_until(events, first), amounts, n_customers)
        cut = of_amount(before).cut
        found = outcome(events, units, amounts)
        return found if cut is None else np.minimum(found, cut)

    return Brought(done=done, value=held(_valued(bank, criterion, book, opens, as_of)), sales=held(made))


def costs(
    rows: pa.Table,
    units: Units,
    intents: Mapping[str, SentIntent],
    criterion: Criterion,
    book: ValueBook,
    *,
    given: Floats,
) -> Floats:
    """Return what each unit cost within its window, fen: contacts that were sent, and what was given for a success.

    Who was never reached was promised nothing and is given nothing.

    Args:
        rows: the version's decisions.
        units: its customers.
        intents: its intents by decision.
        criterion: its window.
        book: what a contact costs.
        given: what a unit that was reached is given, 0 where it did not do what is counted; shape (n_units,).
    """  # fmt: skip
    customers = customers_of({str(key) for key in rows["person_key"].unique().to_pylist()})
    place = {customer: number for number, customer in enumerate(units.customer_id)}
    closes = units.first_day + np.timedelta64(criterion.window_days, "D")
    spent: defaultdict[int, int] = defaultdict(int)
    picked = rows.select(["decision_id", "person_key", "as_of", "channel", "disposition"]).to_pylist()
    for row in picked:
        at = place.get(customers.get(row["person_key"], ""))
        if at is not None and _was_sent(row, intents) and np.datetime64(row["as_of"], "D") < closes[at]:
            spent[at] += book.contact_cost[row["channel"]]
    reached = np.isin(np.arange(units.size), list(spent))
    contacts = np.array([spent.get(number, 0) for number in range(units.size)], dtype=np.float64)
    return np.asarray(contacts + np.where(reached, given, 0.0))


def _was_sent(row: Mapping[str, str], intents: Mapping[str, SentIntent]) -> bool:
    intent = intents.get(row["decision_id"])
    return row["disposition"] == Disposition.IMPORTED_SENT or (intent is not None and intent.state in _SENT)


def _valued(bank: BankTables, criterion: Criterion, book: ValueBook, first: date, as_of: date) -> Purchases:
    """Return the purchases of the success categories with their values in place of their amounts."""
    made = of_categories(
        bank, bought(bank, first=first, last=as_of, as_of=as_of), list(criterion.categories), as_of=as_of
    )
    rows = made.select(["category", "amount"]).to_pylist()
    return Purchases(
        customer_id=made["customer_id"],
        day=made["at_day"].to_numpy().astype("datetime64[D]"),
        amount=np.array([book.value(row["category"], abs(row["amount"])) for row in rows], dtype=np.int64),
    )


def _until(events: Purchases, last: date) -> Purchases:
    kept = events.day <= np.datetime64(last, "D")
    return Purchases(
        customer_id=events.customer_id.filter(pa.array(kept)), day=events.day[kept], amount=events.amount[kept]
    )
