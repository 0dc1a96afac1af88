"""Policies that value every contact and solve each day's allocation: the oracle, and what could be learnt."""

from collections.abc import Callable

import numpy as np

from wealthloop.allocation import from_arrays, solve
from wealthloop.bank import CHANNELS
from wealthloop.sandbox import Actions, DayEvents, Floats, Ints, World
from wealthloop.trials.lawful import USED, best_product
from wealthloop.trials.morning import Morning, Room, actions_of, products_on

Values = Callable[[Morning, int], Floats]
"""Given a morning and a channel's index, the fen that a contact with each fund of the shelf adds to sales, by
customer; shape (n_customers, n_products)."""


def true_values(world: World, worth: float) -> Values:
    """Return the values of one who knows every true effect; ``worth`` is what a yuan sold is worth."""

    def values(morning: Morning, channel: int) -> Floats:
        return world.true_values(channel, morning.shelf.product) * worth

    return values


class Optimal:
    """Each day the contacts of the most value under the day's room; it looks no further than the day."""

    def __init__(self, name: str, values: Values) -> None:
        self.name = name
        self._values = values

    def decide(self, morning: Morning) -> Actions:
        """Value each lawful contact with its best fund, and allocate."""
        may = morning.lawful.channels(morning.seen, morning.day, personal=True)
        net = np.full((morning.size, len(CHANNELS)), -np.inf)
        place = np.zeros((morning.size, len(CHANNELS)), dtype=np.int64)
        for column in (CHANNELS.index(name) for name in USED):
            suits = products_on(morning, may, column)
            place[:, column], net[:, column] = best_product(self._values(morning, column), suits)
        net -= morning.room.cost
        who, channel = allocate(net, morning.seen.rm, morning.room)
        product = morning.shelf.product[place[who, channel]]
        return actions_of(who, channel, product, -net[who, channel], name=self.name)

    def learn(self, day: int, events: DayEvents) -> None:
        """Learn nothing while it runs."""


def allocate(net: Floats, rm: Ints, room: Room) -> tuple[Ints, Ints]:
    """Return the customers and channels of the plan of the most value, at most one contact a customer.

    Args:
        net: fen, -inf where not lawful, shape (n_customers, n_channels).
        rm: RM of each customer, -1 for none.
        room: what there is.
    """
    who, channel = np.nonzero(net >= 1.0)
    if not who.size:
        return who, channel
    cost = room.cost[channel]
    budget = np.full(len(who), len(room.units))
    problem = from_arrays(
        customer=who,
        action=channel,
        value=np.round(net[who, channel]).astype(np.int64),
        uses=((room.resource(rm[who], channel), np.ones(len(who), dtype=np.int64)), (budget, cost)),
        capacity=np.append(room.units, room.budget),
        names=[str(place) for place in range(len(room.units) + 1)],
    )
    chosen = solve(problem).chosen
    return who[chosen], channel[chosen]
