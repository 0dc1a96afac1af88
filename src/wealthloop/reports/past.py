"""Matured units of a running version, for learning how much a contact adds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wealthloop import ledger
from wealthloop.access.keys import customers_of
from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.kit import Home
from wealthloop.reports.criterion import Criterion, criterion_of
from wealthloop.reports.happened import is_told
from wealthloop.reports.lift import purchases_around
from wealthloop.reports.outcomes import outcome
from wealthloop.reports.planned import Units, entered, matured_units, rows_of, units_of, up_to


@dataclass(frozen=True, slots=True, kw_only=True)
class PastUnits:
    """Customers whose outcome window has closed, in the order (first planned day, customer).

    Every array has the shape (n_units,); ``outcome`` is the version's primary metric (1.0 done, or fen).
    There is nobody where the bank does not tell it.
    ``share`` is the treatment arms' share together; ``p_no_contact`` the propensity written in the ledger when the
    customer was first planned, NaN where there was none (imported history); ``channel`` the one first planned.
    ``first`` holds the ledger's rows of those first plans, in the same order.
    """

    customer_id: tuple[str, ...]
    channel: tuple[str, ...]
    treated: NDArray[np.bool_]
    outcome: NDArray[np.float64]
    p_no_contact: NDArray[np.float64]
    first_day: NDArray[np.datetime64]
    share: float
    first: pa.Table


def past_contacts(
    bank: BankTables,
    engine: Engine,
    home: Home,
    *,
    strategy_id: str,
    version: int,
    as_of: date,
    criterion: Criterion | None = None,
) -> PastUnits:
    """Return the matured units of a strategy version as of a day; treated by arm, whether or not it was sent.

    ``criterion``: of a version that is only looked at and has no record; None: what the record says.

    Raises:
        NotFound: the state plane does not hold the version.
    """
    criterion = criterion or criterion_of(strategy_id, version)
    rows = entered(up_to(rows_of(ledger.read(home), strategy_id, version), as_of))
    customers = customers_of(str(key) for key in pc.unique(rows["person_key"]).to_pylist())
    units = matured_units(units_of(rows, customers), criterion.window_days, as_of)
    if not is_told(bank, criterion, as_of=as_of):
        units = units.only(np.zeros(units.size, dtype=np.bool_))
    made = purchases_around(bank, engine, units, criterion, as_of=as_of)
    control = [arm.name for arm in criterion.arms if arm.control]
    first = _first_rows(rows, customers, units)
    return PastUnits(
        customer_id=units.customer_id,
        channel=tuple(map(str, first["channel"].to_pylist())),
        treated=~units.in_arms(*control),
        outcome=outcome(made, units, criterion),
        p_no_contact=np.array(first["p_no_contact"].to_numpy(), dtype=np.float64),
        first_day=units.first_day,
        share=sum(arm.share for arm in criterion.arms if not arm.control),
        first=first,
    )


def _first_rows(rows: pa.Table, customers: Mapping[str, str], units: Units) -> pa.Table:
    """Return the first planned row of each unit: what was planned first, and what was thought of it."""
    ordered = rows.sort_by([("as_of", "ascending"), ("decision_id", "ascending")])
    keys = ordered["person_key"].combine_chunks().dictionary_encode()
    _, first = np.unique(keys.indices.to_numpy(), return_index=True)
    row_of = {
        customers[key]: row
        for key, row in zip(map(str, keys.dictionary.to_pylist()), first.tolist(), strict=True)
        if key in customers
    }
    return ordered.take(pa.array([row_of[customer] for customer in units.customer_id], pa.int64()))
