"""Who may enter a version's experiment on a day: the ramp from a few customers to all."""

from collections.abc import Sequence
from datetime import date

from wealthloop.kit import bucket
from wealthloop.strategies.life import Running
from wealthloop.strategies.parts import RampStep


def share_on(ramp: Sequence[RampStep], days: int) -> float:
    """Return the share of customers who may enter so many days after the launch; 1 without a ramp.

    Example:
        >>> ramp = (RampStep(share=0.02, days=7), RampStep(share=0.5, days=7), RampStep(share=1.0, days=1))
        >>> [share_on(ramp, days) for days in (0, 6, 7, 14, 400)]
        [0.02, 0.02, 0.5, 1.0, 1.0]
    """
    ends = 0
    for step in ramp:
        ends += step.days
        if days < ends:
            return step.share
    return ramp[-1].share if ramp else 1.0


def may_enter(strategy: Running, customer_id: str, *, salt: str, as_of: date) -> bool:
    """Say whether the ramp lets a customer in: a hash of the customer's own, so that nobody leaves as it grows.

    It is drawn apart from the arms, whose shares stay what they are at every width of the ramp.
    """
    share = share_on(strategy.document.ramp, (as_of - strategy.launched_on).days)
    return share >= 1.0 or bucket(f"{salt}/enrol/{strategy.experiment}", customer_id) < share
