"""``loop``: the platform's own nights on a home, with experiments, their controls, and a scripted reviewer."""

import tomllib
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta
from importlib.resources import as_file, files
from typing import Any, Final

import numpy as np
import tomli_w
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from wealthloop import ledger
from wealthloop.access.keys import customers_of
from wealthloop.bank import CHANNELS, BankTables
from wealthloop.engines import DuckDBEngine
from wealthloop.evolution.models import Kind
from wealthloop.evolution.repository import proposals
from wealthloop.evolution.tree import tree
from wealthloop.experiments import experiment_id, strategy_version
from wealthloop.kit import Home, opening, stable_id
from wealthloop.ledger import Disposition
from wealthloop.loop.models import RunStep
from wealthloop.reports.lift import effects
from wealthloop.reports.past import past_contacts
from wealthloop.sandbox import Floats, World
from wealthloop.strategies import life
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.load import load_strategy
from wealthloop.trials.bridge import Bridge
from wealthloop.trials.calendar import Calendar, number_of
from wealthloop.trials.lawful import FUNDS
from wealthloop.trials.looks import Confirmed, Look
from wealthloop.trials.morning import Room
from wealthloop.trials.review import EVERY, launch, review
from wealthloop.trials.sofar import SoFar
from wealthloop.trials.truth import Twins
from wealthloop.trials.watch import forget_snapshots

_PROOF: Final = ("value_fen", "objective_fen", "bound_fen", "preference_cost_fen")
_EXPLORED: Final = "exploration_cost_fen"
"""What a night does not say that planned before lotteries were counted."""
_FEN: Final = 100.0


def first_document() -> Strategy:
    """Return the strategy with which the platform's year begins."""
    with as_file(files(__package__).joinpath("documents", "fund.yaml")) as path:
        return load_strategy(path)


def prepare(home: Home, room: Room, book: str) -> None:
    """Give a home the year's capacities, budget and value book (YAML)."""
    own = tomllib.loads(files("wealthloop.loop").joinpath("capacity.toml").read_text("utf-8"))
    own |= {name: int(room.volumes[CHANNELS.index(name)]) for name in CHANNELS if name in own}
    own |= {"cards_per_rm": int(room.rms.max()), "budget_yuan": room.budget / _FEN}
    (home.root / "capacity.toml").write_text(tomli_w.dumps(own), encoding="utf-8")
    (home.root / "value_book.yaml").write_text(book, encoding="utf-8")


def twins_of(world: World, calendar: Calendar) -> Twins:
    """Return where the year's twins will live: none yet."""
    counted = [i for i, product in enumerate(world.spec.products) if product.category in FUNDS]
    return Twins(
        counted=np.array(counted), begins=number_of(calendar.past_ends), days=len(calendar.days), size=world.size,
    )  # fmt: skip


def _plans() -> list[dict[str, int | None]]:
    """Return what each night's plan says of its worth, its bound and what it gave up, fen; None: it does not say."""
    counts = RunStep.objects.filter(name="plan").order_by("run__as_of").values_list("counts", flat=True)
    return [{name: one[name] for name in _PROOF} | {_EXPLORED: one.get(_EXPLORED)} for one in counts]


def spare_the_disk() -> None:
    """Let the state plane of this process not wait for the disk: a trial's home is thrown away, a killed one too.

    It holds for the open connection and for every later one: keeping an evening closes it.
    """
    connection_created.connect(_not_waiting, dispatch_uid=_not_waiting.__qualname__)
    _not_waiting(connection=connection)


def _not_waiting(*, connection: BaseDatabaseWrapper, **_: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous = OFF")


class PlatformYear:
    """The platform at work in a world, from the evening on which the world's past ends."""

    def __init__(self, home: Home, calendar: Calendar, so_far: SoFar) -> None:
        """Take a year over, at its beginning or where it was kept.

        Args:
            home: the bank's home, its state plane open, its tables loaded up to ``so_far.as_of``, capacities and value
                book set.
            calendar: the days of the year.
            so_far: what the year stands on.
        """
        self._home, self._calendar, self._so_far = home, calendar, so_far
        self._world, self._tally, self._twins = so_far.world, so_far.tally, so_far.twins
        self._bridge = Bridge(home, self._world, as_of=so_far.as_of)
        self._engine = DuckDBEngine()
        self._place = {customer: i for i, customer in enumerate(self._world.customer_ids)}

    def play(
        self, on_day: Callable[[], None], keep: Callable[[SoFar], None] = lambda _: None
    ) -> tuple[dict[str, Floats], dict[str, Any]]:
        """Play the year, or what is left of it.

        Args:
            on_day: told each day as it ends.
            keep: given what the year stands on whenever a month has ended.

        Returns:
            Sums by customer, with the true value in yuan of its ``planned`` and of its ``withheld`` contacts, and the
            strategies' fates with every look at a report beside the truth.
        """
        begins = self._calendar.past_ends
        if self._bridge.as_of == begins:
            self._begin(launch(first_document(), opening(begins, self._home.zone), begins))
        for day in self._calendar.days:
            if day > self._bridge.as_of:
                self._live(day)
                if self._calendar.ends_month(day):
                    self._so_far.as_of = day
                    keep(self._so_far)
            on_day()
        return self._result()

    def _live(self, day: date) -> None:
        self._bridge.night(models="used")
        self._value_decisions()
        events = self._bridge.live_a_day(keep_files=False)
        self._tally.see(self._world, number_of(day), events)
        self._twins.live(day, number_of(day), events)
        forget_snapshots(self._home, before=self._bridge.as_of - timedelta(days=1))
        if self._calendar.ends_month(day):
            self._look(day)
        if (day - self._calendar.past_ends).days % EVERY == 0:
            self._review(day)

    def _begin(self, version: str) -> None:
        self._twins.fork(version, strategy_version(version)[0], self._world)

    def _review(self, day: date) -> None:
        """Let the people of the bank decide what is proposed, on the evening of a day."""
        as_of = day - timedelta(days=1)
        done = review(self._home, self._engine, as_of=as_of, on=day)
        month = self._calendar.month_of(day)
        for one in done.confirmed:
            version = f"{one.proposal.strategy_id}/v{one.proposal.version}"
            truth = self._truth(version, as_of)
            if truth is not None:
                self._so_far.confirmed.append(Confirmed(month=month, strategy=version, truth=truth))
        for version in done.ended:
            self._twins.end(version)
        for version in done.launched:
            self._begin(version)
        self._so_far.ended += len(done.ended) - len(done.confirmed)

    def _value_decisions(self) -> None:
        """Add up what the night's planned contacts would truly bring, withheld ones apart."""
        rows = ledger.read_run(self._home, stable_id("run", self._bridge.as_of.isoformat())).to_pylist()
        customers = customers_of({row["person_key"] for row in rows})
        for channel in sorted({row["channel"] for row in rows}):
            mine = [row for row in rows if row["channel"] == channel]
            products = sorted({row["product_id"] for row in mine})
            shown = np.array([self._world.product_ids.index(product) for product in products])
            values = self._world.true_values(CHANNELS.index(channel), shown) / _FEN
            for row in mine:
                who = self._place[customers[row["person_key"]]]
                value = values[who, products.index(row["product_id"])]
                self._so_far.planned[who] += value
                if row["disposition"] == Disposition.WITHHELD:
                    self._so_far.withheld[who] += value

    def _look(self, day: date) -> None:
        """Read the platform's report of the last night as a person would, and the truth beside it."""
        as_of = day - timedelta(days=1)
        month, bank = self._calendar.month_of(day), BankTables(self._home, self._engine)
        alive = {one.experiment for one in life.running(as_of)}
        for report in effects(bank, self._engine, self._home, as_of=as_of):
            version = experiment_id(report.strategy_id, report.version)
            truth = self._truth(version, as_of) if version in alive and report.effects else None
            if truth is not None:
                self._so_far.looks += [
                    Look(month=month, strategy=version, low=shown.low, high=shown.high, truth=truth)
                    for shown in report.effects
                ]

    def _truth(self, version: str, as_of: date) -> float | None:
        """Return the true effect on those whom a version has treated so far; None without any."""
        strategy_id, number = strategy_version(version)
        running = life.launched(strategy_id, number)
        units = past_contacts(
            BankTables(self._home, self._engine), self._engine, self._home,
            strategy_id=strategy_id, version=running.version, as_of=as_of,
        )  # fmt: skip
        return self._twins.effect(version, units, self._place, running.document.success.window_days)

    def _result(self) -> tuple[dict[str, Floats], dict[str, Any]]:
        sums = {**self._tally.result(self._world), "planned": self._so_far.planned, "withheld": self._so_far.withheld}
        grown = [row for row in proposals() if row.kind == Kind.CHILD]
        return sums, {
            "strategies_started": 1 + sum(row.version is not None for row in grown),
            "strategies_alive": len(life.running(self._bridge.as_of)),
            "strategies_proposed": len(grown),
            "strategies_ended": self._so_far.ended,
            "confirmed": [asdict(one) for one in self._so_far.confirmed],
            "looks": [asdict(one) for one in self._so_far.looks],
            "tree": tree(),
            "nights": _plans(),
        }
