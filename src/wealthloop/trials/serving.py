"""First come, first served: customers in an order, each with a wish list, until the room is used up."""

import numpy as np
from numba import njit

from wealthloop.sandbox import Ints
from wealthloop.trials.morning import Room


def first_come(order: Ints, wishes: Ints, rm: Ints, room: Room) -> Ints:
    """Serve customers one after another: each gets the first channel of the wish list that has room.

    Args:
        order: customers in the order in which they come, shape (n,).
        wishes: channels by preference, -1 for no further wish, shape (n, n_wishes); row i is for ``order[i]``.
        rm: RM of every customer, -1 for none, shape (n_customers,).
        room: what there is.

    Returns:
        The channel that each of ``order`` got, -1 for none, shape (n,).
    """
    resource = room.resource(rm[order][:, None], wishes)
    served: Ints = _serve(wishes, resource, room.units.copy(), room.cost, room.budget)
    return served


@njit(cache=True)
def _serve(wishes: Ints, resource: Ints, left: Ints, cost: Ints, budget: int) -> Ints:
    got = np.full(len(wishes), -1, dtype=np.int64)
    for row in range(len(wishes)):
        for wish in range(wishes.shape[1]):
            channel = wishes[row, wish]
            if channel < 0:
                break
            place = resource[row, wish]
            if place >= 0 and left[place] > 0 and cost[channel] <= budget:
                left[place] -= 1
                budget -= cost[channel]
                got[row] = channel
                break
    return got
