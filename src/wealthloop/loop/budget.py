"""What one more yuan of the day's budget would have been worth: its shadow price, kept with the night that found it."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from wealthloop.loop.capacity import BUDGET
from wealthloop.loop.models import RunStep
from wealthloop.loop.types import Counts

_COUNT: Final = "budget_price_ppm"
"""A night's steps keep whole numbers: yuan a yuan in millionths."""
_PPM: Final = 1_000_000


def priced(prices: Mapping[str, float]) -> Counts:
    """Return what a night's record says of the budget's price; nothing where the home has set no budget."""
    return {_COUNT: round(prices[BUDGET] * _PPM)} if BUDGET in prices else {}


def budget_price(as_of: date) -> float | None:
    """Return the price of the newest night up to a day, net value a yuan of budget; None: there was no budget."""
    plans = RunStep.objects.filter(name="plan", run__as_of__lte=as_of).order_by("-run__as_of")
    newest = plans.first()
    found = None if newest is None else newest.counts.get(_COUNT)
    return None if found is None else found / _PPM
