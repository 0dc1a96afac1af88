"""A world: it plays days and writes the bank's tables; what is true stays inside."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from wealthloop.errors import InvalidInput
from wealthloop.sandbox.behaviour import behave, note_events
from wealthloop.sandbox.desk import DeskWork
from wealthloop.sandbox.flows import move_money
from wealthloop.sandbox.opening import open_scene
from wealthloop.sandbox.operate import operations_of
from wealthloop.sandbox.purchases import purchase
from wealthloop.sandbox.record import write
from wealthloop.sandbox.responses import note_contact, respond
from wealthloop.sandbox.snapshot import is_month_end, note_credit, note_holdings, note_market, weigh
from wealthloop.sandbox.spec import WorldSpec, load_world
from wealthloop.sandbox.standing import write_standing
from wealthloop.sandbox.state import Scene, day_date, day_number
from wealthloop.sandbox.types import CardSeen, CardWork, Contact, PastDecision, RunningStrategy

DAILY_HOLDINGS: Final = 100
"""Days of a history whose holdings are written day by day; before them only the opening and the month ends."""
_TABLES: Final = (
    "transactions", "holdings", "app_events", "credit", "contacts", "consents", "complaints", "suitability", "market",
)  # fmt: skip


class World:
    """A bank whose truth is known. The same seed and the same contacts give the same files, byte by byte."""

    def __init__(self, *, seed: int, customers: int, salt: str, spec: WorldSpec | None = None) -> None:
        """Prepare a world.

        Args:
            seed: from which everything is drawn.
            customers: how many there are, at least 100.
            salt: the home's secret salt, from which past strategies drew their arms.
            spec: the world file; the default world where None.

        Raises:
            InvalidInput: too few customers.
        """
        if customers < 100:
            raise InvalidInput(f"customers == {customers}, must be at least 100")
        self._seed, self._customers, self._salt = seed, customers, salt
        self._spec = spec or load_world("default")
        self._zone = ZoneInfo(self._spec.zone)
        self._desk = DeskWork(self._zone)
        self._played: Scene | None = None
        self._next = 0
        self._worked = 0

    def history(
        self, *, first: date, last: date, running: Sequence[RunningStrategy], out: Path,
        on_day: Callable[[date], None] = lambda _: None,
    ) -> list[PastDecision]:  # fmt: skip
        """Play the bank's past and write every table.

        Holdings are written for the day before ``first`` (the opening), for every month end and for the last
        100 days, each day's known at its midnight.

        Args:
            first: the first day that is played.
            last: the last.
            running: strategies that run from their ``launched_on``.
            out: the folder that gets ``<table>.parquet`` in the contract's names.
            on_day: told each day as it ends.

        Returns:
            The contacts that these strategies planned, withheld ones included, in order.

        Raises:
            InvalidInput: ``last`` before ``first``, or a trigger, channel or product that the world lacks.
        """
        if last < first:
            raise InvalidInput(f"last == {last}, must not be before {first}")
        opening = day_number(first) - 1
        scene = open_scene(self._spec, seed=self._seed, customers=self._customers, opening=opening)
        operations = operations_of(running, scene, salt=self._salt)
        write_standing(scene, out, opening=opening)
        note_holdings(scene)
        note_credit(scene)
        planned: list[PastDecision] = []
        for day in range(opening + 1, day_number(last) + 1):
            _begin(scene, day)
            for operation in operations:
                planned += operation.play(scene)
            _finish(scene, holdings=is_month_end(day) or day > day_number(last) - DAILY_HOLDINGS)
            on_day(day_date(day))
        _write(scene, out)
        self._played, self._next = scene, day_number(last) + 1
        return planned

    def work_cards(self, day: date, cards: Sequence[CardSeen]) -> list[CardWork]:
        """Let people work on their cards on the day that comes next; once a day, before ``advance``.

        Raises:
            InvalidInput: no history yet, not the next day, or the day's work is already done.
        """
        scene = self._scene_of(day)
        if self._worked == day_number(day):
            raise InvalidInput(f"day == {day}, must not be worked twice")
        self._worked = day_number(day)
        _begin(scene, self._worked)
        return self._desk.work(scene, cards)

    def advance(self, day: date, *, contacts: Sequence[Contact] = (), out: Path) -> None:
        """Play the day that comes next and write its rows; tables without any are not written.

        Raises:
            InvalidInput: no history yet, or not the next day.
        """
        scene = self._scene_of(day)
        if self._worked != day_number(day):
            _begin(scene, day_number(day))
        self._contact(scene, contacts)
        _finish(scene, holdings=True)
        _write(scene, out)
        self._next += 1

    def _scene_of(self, day: date) -> Scene:
        if self._played is None:
            raise InvalidInput(f"day == {day}, must come after a history: call World.history first")
        if day_number(day) != self._next:
            raise InvalidInput(f"day == {day}, must be {day_date(self._next)}: a world goes day by day")
        return self._played

    def _contact(self, scene: Scene, contacts: Sequence[Contact]) -> None:
        """Let the platform's contacts happen, channel by channel; a customer's second on a channel changes nothing."""
        index = {customer: i for i, customer in enumerate(scene.ids)}
        for channel in sorted({contact.channel for contact in contacts}):
            first: dict[int, Contact] = {}
            for contact in sorted(contacts, key=lambda c: c.contact_id):
                if contact.channel == channel:
                    first.setdefault(index[contact.customer_id], contact)
            self._one_channel(scene, channel, first)

    def _one_channel(self, scene: Scene, channel: str, contacts: dict[int, Contact]) -> None:
        who = np.array(sorted(contacts), dtype=np.int64)
        product = np.array([scene.catalogue.index(contacts[i].product_id) for i in who.tolist()], dtype=np.int64)
        response = respond(scene, who, channel=channel, product=product, warmth=np.ones(len(who)))
        for customer, reached in zip(who.tolist(), response.reached.tolist(), strict=True):
            contact = contacts[customer]
            at = contact.at.astimezone(self._zone).replace(tzinfo=None)
            note_contact(
                scene, contact_id=contact.contact_id, customer=customer, at=at, channel=channel,
                strategy_id=contact.strategy_id, reached=reached,
            )  # fmt: skip
        if channel == "app_push":
            opened = response.reached
            note_events(scene, who[opened], kind="push_open", page="message", product=product[opened])


def _begin(scene: Scene, day: int) -> None:
    """Begin a day: the market moves, money moves by itself, customers show themselves; contacts come after."""
    scene.state.day = day
    scene.market.step(day)
    move_money(scene)
    weigh(scene)
    behave(scene)


def _finish(scene: Scene, *, holdings: bool) -> None:
    """End a day: purchases, then the books."""
    purchase(scene)
    weigh(scene)
    note_market(scene)
    if holdings:
        note_holdings(scene)
    if is_month_end(scene.day):
        note_credit(scene)


def _write(scene: Scene, out: Path) -> None:
    for name in _TABLES:
        table = getattr(scene.records, name).take()
        if table is not None:
            write(out, name, table)
