"""First come, first served."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wealthloop.bank import CHANNELS
from wealthloop.trials.morning import RM, SEAT, SMS, Room
from wealthloop.trials.serving import first_come


def room(*, rms: list[int], seats: int, sms: int, budget: int) -> Room:
    volumes = np.zeros(len(CHANNELS), dtype=np.int64)
    volumes[SMS] = sms
    cost = np.array([50, 50, 60, 1, 5, 2, 10])
    return Room(rms=np.array(rms), seats=seats, volumes=volumes, budget=budget, cost=cost)


def served_by_hand(order: list[int], wishes: list[list[int]], rm: list[int], there: Room) -> list[int]:
    """The same, said another way."""
    left = {("rm", i): int(n) for i, n in enumerate(there.rms)} | {
        ("seat", 0): there.seats,
        ("sms", 0): int(there.volumes[SMS]),
    }
    money, got = there.budget, []
    for customer, wanted in zip(order, wishes, strict=True):
        channel = -1
        for wish in wanted:
            key = {RM: ("rm", rm[customer]), SEAT: ("seat", 0), SMS: ("sms", 0)}[wish]
            if left.get(key, 0) > 0 and there.cost[wish] <= money:
                left[key] -= 1
                money -= int(there.cost[wish])
                channel = wish
                break
        got.append(channel)
    return got


@given(
    st.permutations(range(8)),
    st.lists(st.permutations((RM, SEAT, SMS)), min_size=8, max_size=8),
    st.lists(st.integers(-1, 1), min_size=8, max_size=8),
    st.lists(st.integers(0, 3), min_size=4, max_size=4),
    st.integers(0, 300),
)
def test_each_gets_the_first_wish_that_has_room_and_money(
    order: list[int], wishes: list[list[int]], rm: list[int], sizes: list[int], budget: int
) -> None:
    there = room(rms=sizes[:2], seats=sizes[2], sms=sizes[3], budget=budget)
    got = first_come(np.array(order), np.array(wishes), np.array(rm), there)
    assert got.tolist() == served_by_hand(order, wishes, rm, there)
