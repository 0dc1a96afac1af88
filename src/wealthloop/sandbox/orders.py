"""A policy's day in arrays: cards onto desks, messages out, or exactly the contacts of a twin."""

from collections.abc import Iterator, Sequence

import numpy as np

from wealthloop.bank.contract import CHANNELS
from wealthloop.errors import InvalidInput
from wealthloop.sandbox.arrays import Actions, Made, Texts, texts
from wealthloop.sandbox.bank_spec import BY_PEOPLE
from wealthloop.sandbox.desk import NEW, Cards, after, places, work
from wealthloop.sandbox.draws import Floats, Ints, Mask, normal
from wealthloop.sandbox.responses import Approach, note_contacts, respond
from wealthloop.sandbox.state import Scene, channel_index


def empty_desks() -> Cards:
    """Return desks without cards."""
    ints, floats = np.zeros(0, dtype=np.int64), np.zeros(0)
    return Cards(
        customer=ints, seat=ints, product=ints, rank=floats, state=ints, due=ints, tries=ints, placed=ints,
        warmth=floats, strategy=np.zeros(0, dtype=np.object_),
    )  # fmt: skip


def carry_out(scene: Scene, desks: Cards, actions: Actions) -> Cards:
    """Let a day's actions happen and return the cards that stay on the desks.

    People work first, then messages go out, channel by channel in the contract's order. A channel takes a customer's
    first row of the day; nothing goes where the bank has no address, and a desk that holds a card of a customer takes
    no second one.

    Raises:
        InvalidInput: arrays of unequal length, or an index that the world does not have.
    """
    _check(scene, actions)
    strategy, warmth = texts(actions.strategy), _warmth(scene, actions)
    desks = desks.plus(_placed(scene, desks, actions, strategy, warmth))
    calls = work(scene, desks)
    first = 0
    for approach in calls.approach:
        part = slice(first, first + len(approach.who))
        _note(scene, approach, reached=calls.reached[part])
        first = part.stop
    for channel in CHANNELS:
        if channel not in BY_PEOPLE:
            rows = _first_rows(scene, actions, channel)
            who = actions.customer[rows]
            _make(scene, channel, who, actions.product[rows], warmth[rows], np.ones(len(who)), strategy[rows])
    return after(scene, desks, calls)


def replay(scene: Scene, made: Made) -> None:
    """Make exactly these contacts, in their order; nobody works at a desk."""
    for channel, rows in _runs(made):
        name = CHANNELS[channel]
        _make(scene, name, made.customer[rows], made.product[rows], made.warmth[rows], made.quality[rows],
              made.strategy[rows])  # fmt: skip


def _make(
    scene: Scene, channel: str, who: Ints, product: Ints, warmth: Floats, quality: Floats, strategy: Texts
) -> None:
    approach = Approach(
        channel=channel, who=who, product=product, warmth=warmth, quality=quality, strategy=strategy
    )  # fmt: skip
    _note(scene, approach, reached=respond(scene, approach).reached)


def _note(scene: Scene, approach: Approach, *, reached: Mask) -> None:
    channel = channel_index(approach.channel)
    number = (scene.stamp() * 10_000_000 + approach.who) * 10 + channel
    at = scene.instants(approach.who, since=570, until=1080, salt=71 + channel)
    note_contacts(scene, approach, number=number, at=at, reached=reached)


def _placed(scene: Scene, desks: Cards, actions: Actions, strategy: Texts, warmth: Floats) -> Cards:
    """Return the new cards: RMs get their own book's, remote agents take turns in the order of the ranks."""
    mine, theirs = (_first_rows(scene, actions, channel) for channel in BY_PEOPLE)
    mine = mine[~np.isin(actions.customer[mine], desks.customer[desks.seat < scene.books.rms])]
    theirs = theirs[~np.isin(actions.customer[theirs], desks.customer[desks.seat >= scene.books.rms])]
    theirs = theirs[np.argsort(actions.rank[theirs], kind="stable")]
    agents = scene.books.rms + (np.arange(len(theirs)) + scene.day) % scene.books.remote_agents
    rows = np.concatenate([mine, theirs])
    size = len(rows)
    return Cards(
        customer=actions.customer[rows],
        seat=np.concatenate([scene.books.rm[actions.customer[mine]], agents]),
        product=actions.product[rows],
        rank=actions.rank[rows],
        state=np.full(size, NEW),
        due=np.full(size, scene.day),
        tries=np.zeros(size, dtype=np.int64),
        placed=np.full(size, scene.day),
        warmth=warmth[rows],
        strategy=strategy[rows],
    )


def _first_rows(scene: Scene, actions: Actions, channel: str) -> Ints:
    """Return the rows of a channel that can be carried out: with an address, each customer's first."""
    rows = np.flatnonzero(actions.channel == channel_index(channel))
    rows = rows[scene.bound[channel][actions.customer[rows]]]
    _, first = np.unique(actions.customer[rows], return_index=True)
    chosen: Ints = rows[np.sort(first)]
    return chosen


def _warmth(scene: Scene, actions: Actions) -> Floats:
    """Return what wording and benefit make of interest; a benefit's cost counts with decreasing returns."""
    warmth = np.ones(len(actions.customer))
    if actions.variant is not None:
        warmth *= wording(scene, [str(variant) for variant in actions.variant.tolist()])
    if actions.incentive is not None:
        warmth *= benefit_worth(scene, actions.incentive)
    return warmth


def benefit_worth(scene: Scene, cost: Ints) -> Floats:
    """Return what benefits of a cost in fen make of interest, with decreasing returns; 1 for none."""
    message = scene.spec.message
    return 1.0 + message.incentive_gain * (1.0 - np.exp(-np.maximum(cost, 0) / (100.0 * message.incentive_yuan)))


def wording(scene: Scene, variants: Sequence[str]) -> Floats:
    """Return what each wording is worth: 1 for the standard one ("0"), lognormal noise of mean 1 for any other."""
    sigma = scene.spec.message.variant_sigma
    names, place = np.unique(np.array(variants, dtype=np.str_), return_inverse=True)
    drawn = np.array([scene.draws.shared(f"message/{name}", 0, 1)[0] for name in names.tolist()])
    worth = np.where(names == "0", 1.0, np.exp(sigma * normal(drawn) - sigma**2 / 2))
    return worth[place]


def _runs(made: Made) -> Iterator[tuple[int, Ints]]:
    """Give the rows of each run of a channel, in order; a customer's second contact in a run comes after all firsts."""
    starts = np.flatnonzero(np.diff(made.channel, prepend=-1))
    for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(made.channel)], strict=False):
        order = start + np.argsort(made.customer[start:end], kind="stable")
        time = places(made.customer[order])
        for number in range(int(time.max()) + 1):
            yield int(made.channel[start]), np.sort(order[time == number])


def _check(scene: Scene, actions: Actions) -> None:
    sizes = {"customer": scene.size, "channel": len(CHANNELS), "product": len(scene.catalogue.ids)}
    for name, size in sizes.items():
        values: Ints = getattr(actions, name)
        low = -1 if name == "product" else 0
        if len(values) and not (low <= values.min() and values.max() < size):
            raise InvalidInput(f"{name} == {values.min()}..{values.max()}, must be {low}..{size - 1}")
    for name in ("channel", "product", "rank", "strategy"):
        if len(getattr(actions, name)) != len(actions.customer):
            raise InvalidInput(f"{name} has {len(getattr(actions, name))} rows, must have {len(actions.customer)}")
