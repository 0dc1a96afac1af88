"""What the contacts of a night are worth, and the prices at which it chooses among them."""

from collections.abc import Mapping, Sequence

from wealthloop.allocation import Candidate, build, solve
from wealthloop.leads.repository import LeadView
from wealthloop.loop.capacity import capacities
from wealthloop.loop.options import Option, Possible
from wealthloop.rehearsal.dryrun import desks_before
from wealthloop.rehearsal.weigh import Scene, weighed
from wealthloop.strategies.life import Running


class Priced:
    """What the night's contacts are worth, and the prices at which it chooses among them."""

    def __init__(
        self,
        scene: Scene,
        leads: Sequence[LeadView],
        strategies: Sequence[Running],
        *,
        kept: Mapping[str, float] | None,
    ) -> None:
        options = weighed(scene, leads, strategies)
        self.kept = kept is not None
        self.prices = _rehearsed_prices(scene, options, strategies) if kept is None else kept
        self._options = {_name(one.possible): one for one in options}

    def option(self, one: Possible) -> Option | None:
        """Return a contact with its worth; None: nothing could draw its arm."""
        return self._options.get(_name(one))

    def scarce(self, one: Option) -> dict[str, float]:
        """Return what it pays for each resource that has a price, fen."""
        paid = {name: self.prices.get(name, 0.0) * units for name, units in one.uses.items()}
        return {name: price for name, price in paid.items() if price > 0}


def _rehearsed_prices(scene: Scene, options: Sequence[Option], strategies: Sequence[Running]) -> Mapping[str, float]:
    night = scene.night
    room = {**capacities(night, tuple(strategies), busy=desks_before(night)), **scene.around.limits.room}
    within = [one for one in options if one.uses.keys() <= room.keys()]
    return solve(build([_candidate(one) for one in within], room)).prices


def _candidate(one: Option) -> Candidate:
    return Candidate(customer=one.customer_id, action=one.action_id, value=one.weighted_value, uses=one.uses)


def _name(one: Possible) -> tuple[str, str, str]:
    return one.lead.lead_id, one.strategy_id, one.channel
