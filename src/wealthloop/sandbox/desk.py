"""What people do with their strategy cards: choose, call, report with noise, ask for another day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from wealthloop.sandbox.draws import Floats, Ints
from wealthloop.sandbox.responses import interest, note_contact, respond
from wealthloop.sandbox.state import Scene, day_date
from wealthloop.sandbox.types import CardOutcome, CardSeen, CardWork

_BEGIN: Final = time(9, 30)
_MINUTES: Final = 12
_WARM: Final = 1.4
"""Multiple of interest at a follow-up; assumed."""
_INTENTS: Final[tuple[CardOutcome, ...]] = ("intent_low", "intent_medium", "intent_high")
_UNMATCHED: Final = 0.3
"""Share of possible interest under which a customer says that the product is the wrong one; assumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """One card taken up today."""

    card: CardSeen
    customer: int
    at: datetime
    """UTC aware."""
    reached: bool
    interested: bool
    strong: bool
    unmatched: bool


class DeskWork:
    """The people at their desks; it remembers how often an unreached customer was called."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._tries: dict[str, int] = {}

    def work(self, scene: Scene, cards: Sequence[CardSeen]) -> list[CardWork]:
        """Play one day of work on the cards seen, person by person in the order of their ids."""
        index = {customer: i for i, customer in enumerate(scene.ids)}
        works: list[CardWork] = []
        for staff_id in sorted({card.staff_id for card in cards}):
            mine = [card for card in cards if card.staff_id == staff_id and self._may_call(scene, card)]
            mine.sort(key=lambda card: (card.position, card.card_id))
            who = np.array([index[card.customer_id] for card in mine], dtype=np.int64)
            chosen = _chosen(scene, mine, who, staff_id)
            for call in self._calls(scene, [mine[i] for i in chosen], who[chosen], staff_id):
                works += self._report(scene, call)
        return works

    def _may_call(self, scene: Scene, card: CardSeen) -> bool:
        today = day_date(scene.day)
        waits = card.state == "follow_up" and card.follow_up_on is not None and card.follow_up_on > today
        return not waits and self._tries.get(card.card_id, 0) < scene.spec.desk.tries

    def _calls(self, scene: Scene, cards: list[CardSeen], who: Ints, staff_id: str) -> Iterator[_Call]:
        """Make the calls, in order, and let them take effect."""
        product = np.array([scene.catalogue.index(card.product_id) for card in cards], dtype=np.int64)
        warmth = np.array([_WARM if card.state == "follow_up" else 1.0 for card in cards])
        fit = interest(scene, who, product)
        channel = "remote_agent" if staff_id.startswith("RA") else "rm"
        response = respond(scene, who, channel=channel, product=product, warmth=warmth)
        local = datetime.combine(day_date(scene.day), _BEGIN)
        for i, card in enumerate(cards):
            at, reached = local + timedelta(minutes=_MINUTES * i), bool(response.reached[i])
            note_contact(
                scene, contact_id=f"{card.card_id}-{scene.stamp()}", customer=int(who[i]), at=at, channel=channel,
                strategy_id=card.strategy_id, reached=reached,
            )  # fmt: skip
            yield _Call(
                card=card, customer=int(who[i]), at=at.replace(tzinfo=self._zone).astimezone(UTC), reached=reached,
                interested=bool(response.interested[i]), strong=bool(response.drawn[i] < 0.5 * response.chance[i]),
                unmatched=bool(fit[i] < _UNMATCHED),
            )  # fmt: skip

    def _report(self, scene: Scene, call: _Call) -> list[CardWork]:
        """Say what the person enters: a claim, the attempt, the intent and what follows from it."""
        said: list[tuple[CardOutcome, str, date | None]] = []
        if call.card.state == "new":
            said.append(("claimed", "", None))
        if not call.reached:
            self._tries[call.card.card_id] = self._tries.get(call.card.card_id, 0) + 1
            said.append(("not_reached", "", None))
        else:
            said += [("reached", "", None), *_after_reaching(scene, call)]
        return [
            CardWork(
                card_id=call.card.card_id, staff_id=call.card.staff_id, at=call.at + timedelta(seconds=90 * step),
                outcome=outcome, note=note, follow_up_on=follow_up_on,
            )
            for step, (outcome, note, follow_up_on) in enumerate(said)
        ]  # fmt: skip


def _after_reaching(scene: Scene, call: _Call) -> list[tuple[CardOutcome, str, date | None]]:
    """The intent as reported, one step wrong now and then, and what was agreed."""
    drawn = float(scene.uniform("desk/report")[call.customer])
    if float(scene.uniform("desk/wrong")[call.customer]) < scene.spec.desk.wrong_customer:
        return [("wrong_customer", "接听人不是客户本人", None)]
    step = int(call.interested) + int(call.interested and call.strong)
    if drawn < scene.spec.desk.report_noise:
        step = min(step + 1, 2) if step < 2 else 1
    later = day_date(scene.day) + timedelta(days=1 + int(drawn * 100) % 3 + 2 * (2 - step))
    if step > 0 and call.card.state != "follow_up":
        return [(_INTENTS[step], "", None), ("appointment" if step == 2 else "follow_up", "", later)]
    if step > 0:
        return [(_INTENTS[step], "", None)]
    ends: CardOutcome = "wrong_product" if call.unmatched else "not_now"
    return [(_INTENTS[0], "", None), (ends, "客户需求不符" if call.unmatched else "暂无意向", None)]


def _chosen(scene: Scene, cards: list[CardSeen], who: Ints, staff_id: str) -> list[int]:
    """Return which cards a person takes up today: the best by their own noisy judgement, one a customer."""
    if not cards:
        return []
    taken: dict[int, int] = {}
    for i in np.argsort(_priority(scene, cards, who), kind="stable").tolist():
        taken.setdefault(int(who[i]), i)
    return list(taken.values())[: _capacity(scene, staff_id)]


def _priority(scene: Scene, cards: list[CardSeen], who: Ints) -> Floats:
    """Return the order of work, lowest first: follow-ups, then claimed, then new cards by rank, insight and noise."""
    desk = scene.spec.desk
    product = np.array([scene.catalogue.index(card.product_id) for card in cards], dtype=np.int64)
    stage = np.array([{"follow_up": -20.0, "claimed": -10.0, "new": 0.0}[card.state] for card in cards])
    rank = np.arange(len(cards)) / max(len(cards), 1)
    noise = desk.noise * scene.normal("desk/pick")[who]
    return np.asarray(stage + rank - desk.insight * interest(scene, who, product) + noise)


def _capacity(scene: Scene, staff_id: str) -> int:
    """Return how many cards a person takes up today: diligence, more or less by a fifth from day to day."""
    books = scene.spec.books
    full = books.remote_capacity if staff_id.startswith("RA") else books.rm_capacity
    drawn = scene.draws.shared(f"desk/capacity/{staff_id}", scene.day, 1)[0]
    return int(full * scene.spec.desk.diligence * (0.8 + 0.4 * float(drawn)))
