"""Work at desks, for everybody at once: which cards people take up, whom they reach, what they report."""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from wealthloop.sandbox.arrays import Texts
from wealthloop.sandbox.draws import Floats, Ints, Mask
from wealthloop.sandbox.responses import Approach, interest, respond
from wealthloop.sandbox.staff import capacity_today, note_load, quality_of
from wealthloop.sandbox.state import Scene

NEW: Final = 0
CLAIMED: Final = 1
FOLLOW_UP: Final = 2
WARM: Final = 1.4
"""Multiple of interest at a follow-up; assumed."""
_UNMATCHED: Final = 0.3
"""Share of possible interest under which a customer says that the product is the wrong one; assumed."""
_EARLIER: Final = 10.0
"""How far the work that was begun comes before new cards, in spans of ranks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards:
    """Cards on desks; columns of equal length."""

    customer: Ints
    seat: Ints
    """Desk: RMs' seats first, then remote agents."""
    product: Ints
    rank: Floats
    """Order on the desk, lowest first; ties in the order of the rows."""
    state: Ints
    """NEW, CLAIMED or FOLLOW_UP."""
    due: Ints
    """First day on which the card may be worked on."""
    tries: Ints
    """Calls that did not reach the customer."""
    placed: Ints
    """Day on which the card came to the desk."""
    warmth: Floats
    """Multiple of interest by what is offered."""
    strategy: Texts

    def __len__(self) -> int:
        return len(self.customer)

    def take(self, rows: Mask | Ints) -> "Cards":
        """Return the chosen rows."""
        return Cards(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def plus(self, other: "Cards") -> "Cards":
        """Return both, in order."""
        return Cards(**{f.name: np.concatenate([getattr(self, f.name), getattr(other, f.name)]) for f in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Calls of one day, desk by desk in the order in which they were made; arrays have shape (n_calls,)."""

    row: Ints
    """Which card."""
    turn: Ints
    """How many calls the same person made before."""
    approach: tuple[Approach, ...]
    """The same calls as contacts, by channel: RMs' first, then remote agents'."""
    reached: Mask
    step: Ints
    """Interest as reported: 0 low, 1 medium, 2 high; now and then one step wrong."""
    wrong: Mask
    """Somebody else answered."""
    unmatched: Mask
    """The customer says that the product is the wrong one."""
    later: Ints
    """Day agreed for another talk, if there is one."""


def work(scene: Scene, cards: Cards) -> Calls:
    """Play one day of work on the cards of all desks."""
    row, turn = _taken(scene, cards)
    chosen = cards.take(row)
    fit = interest(scene, chosen.customer, chosen.product)
    approaches = _approaches(scene, chosen, turn)
    responses = [respond(scene, approach) for approach in approaches]
    note_load(scene, chosen.seat)
    interested = np.concatenate([r.interested for r in responses])
    strong = np.concatenate([r.drawn < 0.5 * r.chance for r in responses])
    step = _reported(scene, chosen.customer, interested.astype(np.int64) + (interested & strong))
    lag = (scene.kept("desk/report")[chosen.customer] * 100).astype(np.int64) % 3
    return Calls(
        row=row,
        turn=turn,
        approach=approaches,
        reached=np.concatenate([r.reached for r in responses]),
        step=step,
        wrong=scene.uniform("desk/wrong")[chosen.customer] < scene.spec.desk.wrong_customer,
        unmatched=fit < _UNMATCHED,
        later=scene.day + 1 + lag + 2 * (2 - step),
    )


def _approaches(scene: Scene, chosen: Cards, turn: Ints) -> tuple[Approach, ...]:
    """Return the chosen cards as contacts, the RMs' first; the cards stand in the order of the seats."""
    warmth = np.where(chosen.state == FOLLOW_UP, WARM, 1.0) * chosen.warmth
    quality, is_rm = quality_of(scene, chosen.seat, turn), chosen.seat < scene.books.rms
    return tuple(
        Approach(
            channel=channel, who=chosen.customer[rows], product=chosen.product[rows], warmth=warmth[rows],
            quality=quality[rows], strategy=chosen.strategy[rows],
        )
        for channel, rows in (("rm", is_rm), ("remote_agent", ~is_rm))
    )  # fmt: skip


def after(scene: Scene, cards: Cards, calls: Calls) -> Cards:
    """Return the cards that stay on the desks after a day's work.

    A customer who was not reached is tried again, one who showed interest gets one follow-up, any other card is done;
    what nobody has taken up for ``desk.card_days`` goes back.
    """
    state, due, tries = cards.state.copy(), cards.due.copy(), cards.tries.copy()
    again = calls.row[~calls.reached]
    tries[again] += 1
    state[again] = np.maximum(state[again], CLAIMED)
    warm = calls.reached & (calls.step > 0) & ~calls.wrong & (state[calls.row] != FOLLOW_UP)
    state[calls.row[warm]], due[calls.row[warm]] = FOLLOW_UP, calls.later[warm]
    done = np.zeros(len(cards), dtype=np.bool_)
    done[calls.row[calls.reached & ~warm]] = True
    old = (state != FOLLOW_UP) & (scene.day + 1 >= cards.placed + scene.spec.desk.card_days)
    left = Cards(
        **{field.name: getattr(cards, field.name) for field in fields(cards)}
        | {"state": state, "due": due, "tries": tries}
    )
    return left.take(~done & ~old & (tries < scene.spec.desk.tries))


def _taken(scene: Scene, cards: Cards) -> tuple[Ints, Ints]:
    """Return the rows that people take up today, in order, and each one's turn.

    The best by each person's own noisy judgement, one a customer and channel, as many as the person can.
    """
    capacity = capacity_today(scene)
    may = (cards.due <= scene.day) & (cards.tries < scene.spec.desk.tries) & (capacity[cards.seat] > 0)
    rows = np.flatnonzero(may)
    rows = rows[np.lexsort((cards.rank[rows], cards.seat[rows]))]
    acts, priority = _judged(scene, cards.take(rows))
    rows, priority = rows[acts], priority[acts]
    rows = rows[np.lexsort((priority, cards.seat[rows]))]
    remote = cards.seat[rows] >= scene.books.rms
    _, first = np.unique(cards.customer[rows] * 2 + remote, return_index=True)
    rows = rows[np.sort(first)]
    turn = places(cards.seat[rows])
    within = turn < capacity[cards.seat[rows]]
    return rows[within], turn[within]


def _judged(scene: Scene, cards: Cards) -> tuple[Mask, Floats]:
    """Return which cards people act on at all, and the order of work, lowest first: begun work before new cards.

    Both depend on the card's rank on its desk and on the interest that the person senses.
    """
    desk, staff = scene.spec.desk, scene.spec.staff
    count = np.bincount(cards.seat, minlength=scene.books.seats)
    rank = places(cards.seat) / np.maximum(count[cards.seat], 1)
    sensed = interest(scene, cards.customer, cards.product)
    chance = staff.act_floor + staff.act_rank * (1.0 - rank) + staff.act_sense * sensed
    acts = (cards.state != NEW) | (scene.uniform("desk/act")[cards.customer] < chance)
    noise = desk.noise * scene.normal("desk/pick")[cards.customer]
    return acts, rank - _EARLIER * cards.state - desk.insight * sensed + noise


def _reported(scene: Scene, who: Ints, step: Ints) -> Ints:
    """Return interest as people report it, one step wrong now and then."""
    wrong = scene.kept("desk/report")[who] < scene.spec.desk.report_noise
    return np.where(wrong, np.where(step < 2, step + 1, 1), step)


def places(groups: Ints) -> Ints:
    """Return each row's place within its group, from 0; equal groups stand together.

    Example:
        >>> places(np.array([4, 4, 7])).tolist()
        [0, 1, 0]
    """
    if not len(groups):
        return np.zeros(0, dtype=np.int64)
    starts = np.flatnonzero(np.concatenate([[True], groups[1:] != groups[:-1]]))
    return np.arange(len(groups)) - np.repeat(starts, np.diff(np.append(starts, len(groups))))
