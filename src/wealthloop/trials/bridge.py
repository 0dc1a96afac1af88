"""Lets a home and a world live day by day: the platform's contacts happen in the world, its tables come back."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from shutil import rmtree
from typing import Final, Literal

from django.db import transaction

from wealthloop.bank import ingest
from wealthloop.delivery import cards
from wealthloop.delivery.models import Card, CardState, Intent, IntentState
from wealthloop.delivery.transitions import ATTEMPTS, Outcome
from wealthloop.kit import Home, opening, stable_id
from wealthloop.loop.night import run_night
from wealthloop.sandbox import CardSeen, CardWork, Contact, DayEvents, World

_OPEN: Final[dict[CardState, Literal["new", "claimed", "follow_up"]]] = {
    CardState.NEW: "new",
    CardState.CLAIMED: "claimed",
    CardState.FOLLOW_UP: "follow_up",
}
_MORNING: Final = time(9, 30)


class Bridge:
    """A world and the home that watches it; the truth never crosses."""

    def __init__(
        self, home: Home, world: World, *, as_of: date, left_alone: Collection[str] = (), hears: bool = True
    ) -> None:
        """Stand on the evening of ``as_of``.

        Args:
            home: the bank's home, its state plane open.
            world: played up to ``as_of``.
            as_of: the last day whose tables exist.
            left_alone: desks that nobody simulated touches.
            hears: whether what people say of cards is entered as codes; else only as the words that they use.
        """
        self._home, self._world = home, world
        self._left_alone = ("", *left_alone)
        self._hears = hears
        self.as_of = as_of

    @property
    def tomorrow(self) -> date:
        """The day of the night's contacts."""
        return self.as_of + timedelta(days=1)

    def files(self, day: date) -> Path:
        """Return the folder in which the tables of a day are handed over."""
        return self._home.root / "handed-over" / day.isoformat()

    def load(self, day: date) -> None:
        """Load the handed-over tables of a day."""
        ingest(self._home, self.files(day), mapping=None, as_of=day, accept=True)

    def night(self, *, on_step: Callable[[str], None] = lambda _: None, models: Literal["all", "used"] = "all") -> None:
        """Run the night of ``as_of``; its contacts begin the next morning at 09:30."""
        now = self._at(self.tomorrow, _MORNING)
        run_night(self._home, as_of=self.as_of, now=now, progress=on_step, models=models)

    def live_a_day(self, *, keep_files: bool = True) -> DayEvents:
        """Let the next day happen: people work cards, customers answer, the bank writes it down and hands it over.

        Returns:
            What truly happened, for whoever measures.
        """
        day, messages = self.tomorrow, self._messages()
        self._work(day)
        events = self._world.advance(day, contacts=messages, out=self.files(day))
        self.load(day)
        if not keep_files:
            rmtree(self.files(day))
        self.as_of = day
        return events

    def _work(self, day: date) -> None:
        """Let relationship managers work on their desks, and record it as they would."""
        desks = self._desks(day)
        with transaction.atomic():
            self._record(day, desks)

    def _record(self, day: date, desks: Sequence[Card]) -> None:
        given_up = [self._give_up(card, day) for card in desks if card.attempts >= ATTEMPTS]
        shown = [_seen(card, place) for place, card in enumerate(desks) if card.attempts < ATTEMPTS]
        told = self._world.work_cards(day, shown)
        heard = told if self._hears else [_in_words(work) for work in told if work.outcome != "feedback"]
        worked = [_done(number, work, day) for number, work in enumerate(heard)]
        cards.record_all(given_up + worked, zone=self._home.zone)

    def _desks(self, day: date) -> list[Card]:
        """Return the cards of every desk that simulated people work at, in the order in which each shows them."""
        taken = Card.objects.filter(state__in=list(_OPEN)).exclude(staff_id__in=self._left_alone)
        people = taken.values_list("staff_id", flat=True).order_by("staff_id").distinct()
        return [card for staff_id in people for card in cards.today(staff_id, today=day)]

    def _give_up(self, card: Card, day: date) -> cards.Done:
        """Close a card whose attempts are used up, as its manager would to make room."""
        return cards.Done(
            card_id=card.pk,
            outcome=Outcome.NOT_NOW,
            actor=card.claimed_by,
            staff_id=card.staff_id,
            request_id=stable_id("bridge", day, card.pk, "given up"),
            now=self._at(day, _MORNING),
            note="多次未能联系上",
            code="unreachable",
        )

    def _messages(self) -> list[Contact]:
        """Return the messages that the channels accepted this morning."""
        night_run = stable_id("run", self.as_of.isoformat())
        sent = Intent.objects.filter(run_id=night_run, state=IntentState.SENT).exclude(channel="rm")
        return [_contact(intent, intent.finished_at or intent.not_before) for intent in sent.order_by("intent_id")]

    def _at(self, day: date, at: time) -> datetime:
        return opening(day, self._home.zone, at=at)


def _seen(card: Card, position: int) -> CardSeen:
    return CardSeen(
        card_id=card.pk,
        customer_id=card.customer_id,
        staff_id=card.staff_id,
        strategy_id=card.intent.strategy_id,
        product_id=card.intent.product_id or None,
        state=_OPEN[CardState(card.state)],
        position=position,
        follow_up_on=card.follow_up_on,
    )


def _in_words(work: CardWork) -> CardWork:
    """Return what was done with a card, what was said of it in words alone."""
    return replace(work, code="other" if work.code else "", not_before=None)


def _done(number: int, work: CardWork, day: date) -> cards.Done:
    return cards.Done(
        card_id=work.card_id,
        outcome=Outcome(work.outcome),
        actor=work.staff_id.lower(),
        staff_id=work.staff_id,
        request_id=stable_id("bridge", day, number, work.card_id, work.outcome),
        now=work.at,
        note=work.note,
        follow_up_on=work.follow_up_on,
        code=work.code,
        not_before=work.not_before,
    )


def _contact(intent: Intent, at: datetime) -> Contact:
    return Contact(
        contact_id=intent.intent_id,
        customer_id=intent.customer_id,
        channel=intent.channel,
        at=at,
        strategy_id=intent.strategy_id,
        product_id=intent.product_id or None,
    )
