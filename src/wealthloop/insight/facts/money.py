"""Facts of money over months, and of how long a customer has been quiet."""

from typing import Final

import numpy as np
import pyarrow as pa

from wealthloop.insight.columns import Floats, floats
from wealthloop.insight.facts.asked import Asked
from wealthloop.insight.months import MonthlyAum
from wealthloop.insight.types import AumBasis

REAL_AUM: Final = 10_000_00
"""Fen; a base under it counts as this much, so that no trend is told from small change."""
_TREND_MONTHS: Final = 3


def money(asked: Asked) -> dict[str, Floats]:
    """Return ``told_aum`` and ``aum_trend`` (NaN where balances are assumed) and ``quiet_days``."""
    nothing = np.full(asked.size, np.nan)
    return {
        "told_aum": floats(asked.features, "aum") if _told(asked.months) else nothing,
        "aum_trend": trend(asked.months, asked.size),
        "quiet_days": quiet(asked.features),
    }


def trend(months: MonthlyAum | None, n_customers: int) -> Floats:
    """Change against three months before, or the oldest month at hand; a base under ``REAL_AUM`` counts as that."""
    if months is None or len(months.months) < 2 or not _told(months):
        return np.full(n_customers, np.nan)
    now = months.averages[:, -1].astype(np.float64)
    base = months.averages[:, max(0, len(months.months) - 1 - _TREND_MONTHS)].astype(np.float64)
    return (now - base) / np.maximum(base, REAL_AUM)


def quiet(features: pa.Table) -> Floats:
    """Days since anything of the customer's own doing; infinite without any, NaN where the bank has no such table."""
    known = ~(np.isnan(floats(features, "login_count_90d")) & np.isnan(floats(features, "transaction_count_90d")))
    last = np.fmin(floats(features, "days_since_app_use"), floats(features, "days_since_own_transaction"))
    return np.where(np.isnan(last) & known, np.inf, last)


def completed_averages(asked: Asked) -> list[Floats | None]:
    """Return the averages of each month: None where it is not complete, unless no month is."""
    months = asked.months
    if months is None:
        return []
    done = months.completed or len(months.months)
    return [_column(months, place) if place < done else None for place in range(len(months.months))]


def month_averages(asked: Asked) -> list[Floats | None]:
    """Return the averages of each month, the month so far among them; nothing where balances are assumed."""
    months = asked.months
    if months is None or not _told(months):
        return []
    return [_column(months, place) for place in range(len(months.months))]


def _column(months: MonthlyAum, place: int) -> Floats:
    return months.averages[:, place].astype(np.float64)


def _told(months: MonthlyAum | None) -> bool:
    return months is not None and months.basis is not AumBasis.ASSUMED
