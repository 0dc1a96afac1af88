"""A world: it plays days and writes the bank's tables; what is true stays inside."""

from collections.abc import Callable, Sequence
from copy import copy
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from wealthloop.errors import InvalidInput
from wealthloop.sandbox.arrays import Actions, DayEvents, Made, Seen
from wealthloop.sandbox.cards import CardDesk
from wealthloop.sandbox.draws import Floats, Ints, Mask
from wealthloop.sandbox.effects import true_effects
from wealthloop.sandbox.messages import contact
from wealthloop.sandbox.opening import open_scene
from wealthloop.sandbox.operate import operations_of
from wealthloop.sandbox.orders import carry_out, empty_desks, replay
from wealthloop.sandbox.play import begin, finish, past
from wealthloop.sandbox.records import Sheets
from wealthloop.sandbox.seen import see
from wealthloop.sandbox.snapshot import note_holdings
from wealthloop.sandbox.spec import WorldSpec
from wealthloop.sandbox.staff import rm_ids
from wealthloop.sandbox.state import Scene, day_date, day_number
from wealthloop.sandbox.truth import truth_tables, write_truth
from wealthloop.sandbox.types import CardSeen, CardWork, Contact, PastDecision, RunningStrategy
from wealthloop.sandbox.volumes import capacities
from wealthloop.sandbox.worldfile import load_world

DAILY_HOLDINGS: Final = 100
"""Days of a history whose holdings are written day by day; before them only the opening and the month ends."""


class World:
    """A bank whose truth is known. The same seed and the same contacts give the same files, byte by byte.

    A day is ``begin``, then either ``order`` (a policy's actions), ``replay`` (a twin's contacts) or ``work_cards``
    and ``advance`` (the platform's), then ``end``; ``advance`` begins and ends the day by itself.
    """

    def __init__(
        self, *, seed: int | None = None, customers: int | None = None, salt: str, spec: WorldSpec | None = None
    ) -> None:
        """Prepare a world.

        Args:
            seed: from which everything is drawn; the world file's where None.
            customers: how many there are, at least 100; the world file's where None.
            salt: the home's secret salt, from which past strategies drew their arms.
            spec: the world file; the default world where None.

        Raises:
            InvalidInput: too few customers.
        """
        self.spec = spec or load_world("default")
        self._seed = self.spec.size.seed if seed is None else seed
        self._customers = self.spec.size.customers if customers is None else customers
        if self._customers < 100:
            raise InvalidInput(f"customers == {self._customers}, must be at least 100")
        self._salt, self._zone = salt, ZoneInfo(self.spec.zone)
        self._cards, self._desks = CardDesk(self._zone), empty_desks()
        self._played: Scene | None = None
        self._next = 0
        self._step: Literal["ended", "begun", "worked"] = "ended"
        self.events: DayEvents | None = None
        """What happened on the last day that ended; None before the first."""

    def history(
        self, *, first: date, last: date, running: Sequence[RunningStrategy], out: Path | None,
        on_day: Callable[[date], None] = lambda _: None,
    ) -> list[PastDecision]:  # fmt: skip
        """Play the bank's past and write every table.

        Holdings are written for the day before ``first`` (the opening), for every month end and for the last
        100 days, each day's known at its midnight.

        Args:
            first: the first day that is played.
            last: the last.
            running: strategies that run from their ``launched_on``.
            out: the folder that gets ``<table>.parquet`` in the contract's names; None: nothing is written.
            on_day: told each day as it ends.

        Returns:
            The contacts that these strategies planned, withheld ones included, in order.

        Raises:
            InvalidInput: ``last`` before ``first``, or a trigger, channel or product that the world lacks.
        """
        if last < first:
            raise InvalidInput(f"last == {last}, must not be before {first}")
        end = day_number(last)
        scene = open_scene(self.spec, seed=self._seed, customers=self._customers, opening=day_number(first) - 1)
        operations = operations_of(running, scene, salt=self._salt)
        with Sheets.of(out) as sheets:
            planned = past(scene, operations, sheets, end=end, daily=DAILY_HOLDINGS, on_day=on_day)
        self._played, self._next, self.events = scene, end + 1, scene.today.events()
        return planned

    def begin(self, day: date) -> None:
        """Begin the day that comes next: the market moves, money moves by itself, customers show themselves.

        Raises:
            InvalidInput: no history yet, not the next day, or the day before has not ended.
        """
        scene = self._scene_of(day)
        if self._step != "ended":
            raise InvalidInput(f"day == {day}, must not begin twice: call World.end first")
        begin(scene, self._next)
        self._step = "begun"

    def order(self, actions: Actions) -> None:
        """Put cards onto desks and send messages, then let people work; once a day, with or without actions.

        People work first, then messages go out. Cards stay up to ``desk.card_days`` days, an unreached customer is
        tried again, an interested one gets one follow-up. Nothing goes where the bank has no address; consents,
        suitability and volumes are the policy's to keep.

        Raises:
            InvalidInput: the day has not begun or is worked already; unequal lengths or unknown indices.
        """
        self._desks = carry_out(self._at_work(), self._desks, actions)
        self._step = "worked"

    def replay(self, made: Made) -> None:
        """Let exactly these contacts happen instead of ``order``: the twin of a day; no desk is worked.

        Raises:
            InvalidInput: the day has not begun or is worked already.
        """
        replay(self._at_work(), made)
        self._step = "worked"

    def end(self, out: Path | None = None) -> DayEvents:
        """End the day: purchases, then the books; the day's rows are written where ``out`` is given, else forgotten.

        Raises:
            InvalidInput: the day has not begun.
        """
        scene = self._scene_begun()
        finish(scene)
        with Sheets.of(out) as sheets:
            if sheets is not None:
                note_holdings(scene, sheets)
            scene.records.pour(sheets)
        self._next += 1
        self._step = "ended"
        self.events = scene.today.events()
        return self.events

    def work_cards(self, day: date, cards: Sequence[CardSeen]) -> list[CardWork]:
        """Let people work on their cards on the day that comes next; once a day, before ``advance``.

        Raises:
            InvalidInput: no history yet, not the next day, or the day's work is already done.
        """
        scene = self._scene_of(day)
        if self._step == "worked":
            raise InvalidInput(f"day == {day}, must not be worked twice")
        if self._step == "ended":
            self.begin(day)
        self._step = "worked"
        return self._cards.work(scene, cards)

    def advance(self, day: date, *, contacts: Sequence[Contact] = (), out: Path | None) -> DayEvents:
        """Play the day that comes next and write its rows; tables without any are not written.

        Raises:
            InvalidInput: no history yet, not the next day, or a benefit that the world lacks.
        """
        scene = self._scene_of(day)
        if self._step == "ended":
            self.begin(day)
        contact(scene, contacts, zone=self._zone)
        return self.end(out)

    def fork(self) -> "World":
        """Return an independent copy of everything that moves; what does not is shared."""
        other = copy(self)
        # the copy keeps what this world had, and this world goes on with copies: either way nothing is shared
        self._played = None if self._played is None else self._played.fork()
        self._cards = self._cards.fork()
        return other

    def made(self) -> Made:
        """Return the contacts that really happened today so far, by whatever way; of the last day once it ended."""
        return self._scene().today.contacts()

    def seen(self) -> Seen:
        """Return what the bank's tables show now."""
        return see(self._scene())

    def true_values(self, channel: int, products: Ints) -> Floats:
        """Return the TRUTH: expected extra fen if contacted now, shape (n_customers, n_products); see ``effects``."""
        return true_effects(self._scene(), channel=channel, products=products).value

    def true_chance(self, channel: int, products: Ints) -> Floats:
        """Return the TRUTH: expected extra purchases if contacted now, shape (n_customers, n_products)."""
        return true_effects(self._scene(), channel=channel, products=products).chance

    def held(self, lots: Ints) -> Mask:
        """Return which position numbers still exist, shape (n_lots,)."""
        numbers = self._scene().state.positions.number
        return np.isin(lots, numbers)

    def capacities(self) -> dict[str, Any]:
        """Return what the bank can do in a day; see ``volumes``."""
        return capacities(self._scene())

    def open_cards(self) -> tuple[Ints, int]:
        """Return how many cards of ``order`` lie on each RM's desk, shape (n_rms,), and with all remote agents."""
        rms = self._scene().books.rms
        counts = np.bincount(self._desks.seat, minlength=rms)
        return counts[:rms], int(counts[rms:].sum())

    def truth_tables(self) -> dict[str, pa.Table]:
        """Return the latent facts as of now, for publishing beside a benchmark, never into the bank's tables."""
        return truth_tables(self._scene())

    def write_truth(self, folder: Path) -> None:
        """Write the latent facts to a folder apart from the bank's tables."""
        write_truth(self._scene(), folder)

    @property
    def product_ids(self) -> list[str]:
        """The products' ids by index."""
        return [product.product_id for product in self.spec.products]

    @property
    def customer_ids(self) -> list[str]:
        """The customers' ids by index."""
        return self._scene().ids

    @property
    def rm_ids(self) -> list[str]:
        """The ids of the RMs at each seat today; a successor has another id at the same place."""
        return rm_ids(self._scene())

    @property
    def size(self) -> int:
        """The number of customers."""
        return self._customers

    @property
    def day(self) -> date:
        """The day that was begun last."""
        return day_date(self._scene().day)

    def _scene(self) -> Scene:
        if self._played is None:
            raise InvalidInput("world == new, must have a past: call World.history first")
        return self._played

    def _scene_of(self, day: date) -> Scene:
        if self._played is None:
            raise InvalidInput(f"day == {day}, must come after a history: call World.history first")
        if day_number(day) != self._next:
            raise InvalidInput(f"day == {day}, must be {day_date(self._next)}: a world goes day by day")
        return self._played

    def _scene_begun(self) -> Scene:
        scene = self._scene()
        if self._step == "ended":
            raise InvalidInput(f"day == {day_date(self._next)}, must begin first: call World.begin")
        return scene

    def _at_work(self) -> Scene:
        scene = self._scene_begun()
        if self._step == "worked":
            raise InvalidInput(f"day == {day_date(scene.day)}, must not be worked twice")
        return scene
