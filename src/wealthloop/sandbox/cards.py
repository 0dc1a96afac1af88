"""Strategy cards of the platform: people work on them as on any card and enter what came of it."""

from collections.abc import Iterator, Sequence
from copy import copy
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from wealthloop.sandbox.arrays import texts
from wealthloop.sandbox.desk import CLAIMED, FOLLOW_UP, NEW, Calls, Cards, work
from wealthloop.sandbox.draws import Ints
from wealthloop.sandbox.responses import note_contacts
from wealthloop.sandbox.staff import staff_ids
from wealthloop.sandbox.state import DAY_MICROS, Scene, day_date, day_number
from wealthloop.sandbox.types import CardOutcome, CardSeen, CardWork

_BEGIN: Final = time(9, 30)
_BEGIN_MINUTE: Final = 570
_MINUTES: Final = 12
_MINUTE_MICROS: Final = 60_000_000
_STATES: Final = {"new": NEW, "claimed": CLAIMED, "follow_up": FOLLOW_UP}
_INTENTS: Final[tuple[CardOutcome, ...]] = ("intent_low", "intent_medium", "intent_high")

_CODES: Final[dict[CardOutcome, str]] = {
    "not_now": "not_interested", "wrong_product": "wrong_product", "wrong_customer": "wrong_person",
}  # fmt: skip
"""What is said with an outcome that ends a card."""


class CardDesk:
    """The desks that the platform fills; it remembers how often an unreached customer was called."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._tries: dict[str, int] = {}

    def fork(self) -> "CardDesk":
        """Return an independent copy."""
        other = copy(self)
        self._tries = dict(self._tries)
        return other

    def work(self, scene: Scene, shown: Sequence[CardSeen]) -> list[CardWork]:
        """Play one day of work on the cards seen, person by person; nobody works for someone who has left."""
        seats = {staff_id: seat for seat, staff_id in enumerate(staff_ids(scene))}
        kept = sorted((card for card in shown if card.staff_id in seats), key=lambda c: (c.position, c.card_id))
        cards = self._as_arrays(scene, kept, seats)
        calls = work(scene, cards)
        _note(scene, kept, calls)
        return [done for i, row in enumerate(calls.row.tolist()) for done in self._report(scene, kept[row], calls, i)]

    def _as_arrays(self, scene: Scene, kept: Sequence[CardSeen], seats: dict[str, int]) -> Cards:
        size = len(kept)
        return Cards(
            customer=scene.indices([card.customer_id for card in kept]),
            seat=_ints([seats[card.staff_id] for card in kept]),
            product=_ints([scene.catalogue.index(card.product_id) for card in kept]),
            rank=np.array([card.position for card in kept], dtype=np.float64),
            state=_ints([_STATES[card.state] for card in kept]),
            due=_ints([day_number(c.follow_up_on) if c.state == "follow_up" and c.follow_up_on else 0 for c in kept]),
            tries=_ints([self._tries.get(card.card_id, 0) for card in kept]),
            placed=np.full(size, scene.day),
            warmth=np.ones(size),
            strategy=texts(tuple(card.strategy_id for card in kept)),
        )

    def _report(self, scene: Scene, card: CardSeen, calls: Calls, i: int) -> Iterator[CardWork]:
        """Say what the person enters of the i-th call: a claim, the attempt, the intent and what follows from it."""
        said: list[tuple[CardOutcome, str, date | None]] = []
        if card.state == "new":
            said.append(("claimed", "", None))
        if calls.reached[i]:
            said += [("reached", "", None), *_after_reaching(card, calls, i)]
        else:
            self._tries[card.card_id] = self._tries.get(card.card_id, 0) + 1
            said.append(("not_reached", "", None))
        local = datetime.combine(day_date(scene.day), _BEGIN) + timedelta(minutes=_MINUTES * int(calls.turn[i]))
        at = local.replace(tzinfo=self._zone).astimezone(UTC)
        for step, (outcome, note, follow_up_on) in enumerate(said):
            yield CardWork(
                card_id=card.card_id, staff_id=card.staff_id, at=at + timedelta(seconds=90 * step), outcome=outcome,
                note=note, follow_up_on=follow_up_on, code=_CODES.get(outcome, ""),
            )  # fmt: skip


def _note(scene: Scene, kept: Sequence[CardSeen], calls: Calls) -> None:
    """Write the calls into the bank's contact record."""
    at = scene.day * DAY_MICROS + (_BEGIN_MINUTE + _MINUTES * calls.turn) * _MINUTE_MICROS
    number, first = texts(tuple(f"{kept[row].card_id}-{scene.stamp()}" for row in calls.row.tolist())), 0
    for approach in calls.approach:
        part = slice(first, first + len(approach.who))
        note_contacts(scene, approach, number=number[part], at=at[part], reached=calls.reached[part])
        first = part.stop


def _after_reaching(card: CardSeen, calls: Calls, i: int) -> list[tuple[CardOutcome, str, date | None]]:
    """The intent as reported, and what was agreed."""
    step, again = int(calls.step[i]), card.state == "follow_up"
    if calls.wrong[i]:
        return [("wrong_customer", "接听人不是客户本人", None)]
    if step > 0 and again:
        return [(_INTENTS[step], "", None)]
    if step > 0:
        agreed: CardOutcome = "appointment" if step == 2 else "follow_up"
        return [(_INTENTS[step], "", None), (agreed, "", day_date(int(calls.later[i])))]
    if calls.unmatched[i]:
        return [(_INTENTS[0], "", None), ("wrong_product", "客户需求不符", None)]
    return [(_INTENTS[0], "", None), ("not_now", "暂无意向", None)]


def _ints(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int64)
