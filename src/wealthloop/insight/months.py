"""AUM by calendar month: the daily average 月日均 over the days at hand, and the tier after each completed month."""

import calendar
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wealthloop.bank import BankTables
from wealthloop.features import balances
from wealthloop.insight.columns import Ids, Integers, integers
from wealthloop.insight.tiers import TIERS, levels
from wealthloop.insight.types import AumBasis


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyAum:
    """AUM averages of customers by month, as known at the end of a day."""

    months: tuple[date, ...]
    """First days, ascending."""
    averages: Integers
    """Fen, shape (n_customers, n_months), 0 where a customer held nothing."""
    completed: int
    """How many of the months, from the first, have ended with a known last day."""
    newest: date
    """The newest day of holdings."""
    basis: AumBasis


def monthly_aum(bank: BankTables, ids: Ids, *, as_of: date) -> MonthlyAum | None:
    """Return the averages by month of the customers ``ids``, None without any known holdings.

    The average of a month is over the days that holdings are at hand for, the same for all customers.
    """
    held = balances(bank, as_of=as_of)
    days = held.days
    if not days:
        return None
    months = tuple(dict.fromkeys(day.replace(day=1) for day in days))
    totals = np.column_stack([held.month_sums(month, ids) for month in months])
    at_hand = np.array([sum(day.replace(day=1) == month for day in days) for month in months], dtype=np.int64)
    return MonthlyAum(
        months=months,
        averages=(2 * totals + at_hand) // (2 * at_hand),
        completed=len(months) if _ends_month(days[-1]) else len(months) - 1,
        newest=days[-1],
        basis=_basis(bank, at_hand),
    )


def tier_history(bank: BankTables, ids: Ids, *, as_of: date) -> pa.Table:
    """Return the tier that holds after each completed month.

    Returns:
        ``customer_id``, ``month`` (its first day), ``average`` (fen), ``tier`` (the name that holds from the month
        after on); by customer in the order of ``ids``, then month. Empty without a completed month.
    """
    found = monthly_aum(bank, ids, as_of=as_of)
    n_months = found.completed if found else 0
    averages = found.averages[:, :n_months] if found else np.zeros((len(ids), 0), dtype=np.int64)
    after = levels(averages) if n_months else averages
    places = integers(np.repeat(np.arange(len(ids)), n_months))
    months = list(found.months[:n_months]) * len(ids) if found else []
    return pa.table(
        {
            "customer_id": pc.take(ids, places),
            "month": pa.array(months, pa.date32()),
            "average": integers(averages.ravel()),
            "tier": pa.array([TIERS[level].name for level in after.ravel().tolist()], pa.string()),
        }
    )


def _ends_month(day: date) -> bool:
    return day.day == calendar.monthrange(day.year, day.month)[1]


def _basis(bank: BankTables, at_hand: Integers) -> AumBasis:
    if "balance" in bank.imputed().get("holdings", ()):
        return AumBasis.ASSUMED
    return AumBasis.MONTH_END if int(at_hand.max()) == 1 else AumBasis.DAILY
