"""One policy's year in one world, in arrays: decide, act, measure, day after day."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from wealthloop.sandbox import Floats, World
from wealthloop.trials.calendar import Calendar, number_of
from wealthloop.trials.lawful import Lawful, Shelf
from wealthloop.trials.measure import Tally
from wealthloop.trials.morning import Morning, Policy, Room
from wealthloop.trials.watch import Watch


def play(
    policy: Policy, world: World, calendar: Calendar, room: Room, shelf: Shelf, *, seed: int,
    watch: Watch | None, on_day: Callable[[], None],
) -> dict[str, Floats]:  # fmt: skip
    """Play a policy's year in a world that stands on the evening on which its past ends.

    Args:
        policy: who decides.
        world: its own copy of the world.
        calendar: the days.
        room: the full capacities of a day; what lies on desks is taken off each morning.
        shelf: the funds.
        seed: from which the policies' own draws are made, the same for every policy.
        watch: where each day's tables are loaded, None for a policy that reads none.
        on_day: told each day as it ends.

    Returns:
        The sums of every customer.
    """
    lawful = Lawful(world.size, shelf)
    tally = Tally(span=calendar.span, shelf=shelf, cost=room.cost, size=world.size)
    for day in calendar.days:
        number = number_of(day)
        morning = Morning(
            day=number, seen=world.seen(), shelf=shelf, lawful=lawful, room=_left(room, world),
            drawn=np.random.default_rng([seed, number]).random(world.size),
        )  # fmt: skip
        actions = policy.decide(morning)
        lawful.note(actions, number)
        world.begin(day)
        world.order(actions)
        events = world.end(out=watch.files(day) if watch else None)
        if watch:
            watch.take(day)
        policy.learn(number, events)
        tally.see(world, number, events)
        on_day()
    return tally.result(world)


def _left(room: Room, world: World) -> Room:
    """Return the room of a day: desks take what does not lie on them already."""
    rms, remote = world.open_cards()
    return replace(room, rms=np.maximum(room.rms - rms, 0), seats=max(room.seats - remote, 0))
