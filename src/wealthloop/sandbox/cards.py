"""Strategy cards of the platform: people work on them as on any card and enter what came of it."""

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from wealthloop.sandbox.arrays import texts
from wealthloop.sandbox.codes import NOTHING, Heard, hear
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

_PLAIN: Final[dict[CardOutcome, str]] = {
    "not_now": NOTHING, "wrong_product": "wrong_product", "wrong_customer": "wrong_person",
}  # fmt: skip
"""What is said with an outcome that ends a card where nothing more is."""
_ENDS: Final[dict[str, CardOutcome]] = {
    "wrong_timing": "not_now", "already_here": "not_now", "customer_angry": "not_now", NOTHING: "not_now",
    "wrong_product": "wrong_product",
}  # fmt: skip
"""The outcome by which a card ends with a code."""
_ASIDE: Final = ("good_lead", "customer_angry", "already_here")
"""Codes that are said of a card that goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One thing that a person enters."""

    outcome: CardOutcome
    note: str = ""
    follow_up_on: date | None = None
    code: str = ""
    not_before: date | None = None


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
        heard = hear(scene, cards, calls)
        _note(scene, kept, calls)
        return [
            done for i, row in enumerate(calls.row.tolist()) for done in self._report(scene, kept[row], calls, heard, i)
        ]

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

    def _report(self, scene: Scene, card: CardSeen, calls: Calls, heard: Heard, i: int) -> Iterator[CardWork]:
        """Say what the person enters of the i-th call: a claim, the attempt, the intent and what follows from it."""
        said: list[_Entry] = [_Entry(outcome="claimed")] if card.state == "new" else []
        if calls.reached[i]:
            said += [_Entry(outcome="reached"), *_after_reaching(card, calls, heard, i)]
        else:
            self._tries[card.card_id] = self._tries.get(card.card_id, 0) + 1
            said.append(_Entry(outcome="not_reached"))
        local = datetime.combine(day_date(scene.day), _BEGIN) + timedelta(minutes=_MINUTES * int(calls.turn[i]))
        at = local.replace(tzinfo=self._zone).astimezone(UTC)
        for step, one in enumerate(said):
            yield CardWork(
                card_id=card.card_id, staff_id=card.staff_id, at=at + timedelta(seconds=90 * step), outcome=one.outcome,
                note=one.note, follow_up_on=one.follow_up_on, code=one.code, not_before=one.not_before,
            )  # fmt: skip


def _note(scene: Scene, kept: Sequence[CardSeen], calls: Calls) -> None:
    """Write the calls into the bank's contact record."""
    at = scene.day * DAY_MICROS + (_BEGIN_MINUTE + _MINUTES * calls.turn) * _MINUTE_MICROS
    number, first = texts(tuple(f"{kept[row].card_id}-{scene.stamp()}" for row in calls.row.tolist())), 0
    for approach in calls.approach:
        part = slice(first, first + len(approach.who))
        note_contacts(scene, approach, number=number[part], at=at[part], reached=calls.reached[part])
        first = part.stop


def _after_reaching(card: CardSeen, calls: Calls, heard: Heard, i: int) -> list[_Entry]:
    """The intent as reported, what was noticed, and what was agreed or why the card ends."""
    if calls.wrong[i]:
        return [_Entry(outcome="wrong_customer", note="接听人不是客户本人", code=_PLAIN["wrong_customer"])]
    step, code = int(calls.step[i]), str(heard.code[i])
    intent = _Entry(outcome=_INTENTS[step])
    if step == 0:
        return [intent, _end(calls, code, heard, i)]
    aside = [_Entry(outcome="feedback", code=code)] if code in _ASIDE else []
    if card.state == "follow_up":
        return [intent, *aside]
    agreed: CardOutcome = "appointment" if step == 2 else "follow_up"
    return [intent, *aside, _Entry(outcome=agreed, follow_up_on=day_date(int(calls.later[i])))]


def _end(calls: Calls, code: str, heard: Heard, i: int) -> _Entry:
    """Say how a card ends of which the customer wants nothing."""
    plain: CardOutcome = "wrong_product" if calls.unmatched[i] else "not_now"
    outcome = _ENDS.get(code, plain)
    return _Entry(
        outcome=outcome, note="客户需求不符" if outcome == "wrong_product" else "暂无意向",
        code=code if code in _ENDS else _PLAIN[outcome], not_before=heard.day(i),
    )  # fmt: skip


def _ints(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int64)
