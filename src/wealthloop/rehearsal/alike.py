"""What customers like a document's did by themselves: its plan of a past day, and what came of it without a contact."""

from datetime import timedelta
from math import sqrt
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wealthloop import scoring
from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.loop.types import Night
from wealthloop.rehearsal.candidate import Candidate
from wealthloop.rehearsal.types import Alike
from wealthloop.reports.criterion import Criterion
from wealthloop.reports.happened import happened
from wealthloop.reports.outcomes import outcome
from wealthloop.reports.planned import Units

_Z95: Final = 1.959963984540054
_NOT_MADE: Final = ("failed", "expired", "suppressed")


def alike(
    past: Night, candidate: Candidate, customers: frozenset[str], audience: int, criterion: Criterion, cut: float | None
) -> Alike | None:
    """Return what some customers of a past night did within the criterion's window.

    Args:
        past: the night; its window must have closed by the last day of the bank's tables.
        candidate: the document.
        customers: whom it would have planned.
        audience: how many it was for that day.
        criterion: what counts, and in how many days.
        cut: where an amount is cut, fen; None for conversions.

    Returns:
        None where nobody is left whom no other contact reached.
    """
    reached = _reached(past.bank, past, criterion)
    alone = tuple(sorted(customers - reached))
    if not alone:
        return None
    values = _values(past.bank, past.engine, past, alone, criterion)
    if cut is not None:
        values = np.minimum(values, cut)
    low, high = _interval(values, criterion)
    return Alike(
        day=past.as_of,
        audience=audience,
        customers=len(alone),
        contacted=len(customers & reached),
        mean=float(values.mean()),
        sd=float(values.std()),
        low=low,
        high=high,
        scored=_chooses(past, candidate),
    )


def _values(
    bank: BankTables, engine: Engine, past: Night, customers: tuple[str, ...], criterion: Criterion
) -> NDArray[np.float64]:
    last = past.as_of + timedelta(days=criterion.window_days)
    made = happened(bank, engine, criterion, first=past.as_of, last=last, as_of=last)
    units = Units(
        customer_id=customers,
        arm=("",) * len(customers),
        first_day=np.full(len(customers), np.datetime64(past.as_of, "D")),
    )
    return outcome(made, units, criterion)


def _reached(bank: BankTables, past: Night, criterion: Criterion) -> frozenset[str]:
    """Return the customers with a contact of any strategy in the window."""
    if not bank.has("contacts"):
        return frozenset()
    first, last = past.as_of + timedelta(days=1), past.as_of + timedelta(days=criterion.window_days)
    rows = bank.read("contacts", ("customer_id", "outcome", "at_day"), as_of=last, days=(first, last))
    made = rows.filter(pc.invert(pc.is_in(rows["outcome"], value_set=pa.array(_NOT_MADE))))
    return frozenset(str(one) for one in made["customer_id"].to_pylist())


def _interval(values: NDArray[np.float64], criterion: Criterion) -> tuple[float, float]:
    """Return the 95 % interval of the mean: Wilson's of a share, the normal one of an amount."""
    n, mean = values.size, float(values.mean())
    if criterion.metric == "amount":
        half = _Z95 * float(values.std()) / sqrt(n)
        return max(0.0, mean - half), mean + half
    centre = (mean + _Z95**2 / (2 * n)) / (1 + _Z95**2 / n)
    half = _Z95 / (1 + _Z95**2 / n) * sqrt(mean * (1 - mean) / n + _Z95**2 / (4 * n * n))
    return centre - half, centre + half


def _chooses(past: Night, candidate: Candidate) -> bool:
    return candidate.mine.document.model_id in scoring.load(past.home, past.as_of).column_names
