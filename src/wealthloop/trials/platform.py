"""``loop``: the platform's own nights on a home, with experiments, their controls, and a scripted reviewer."""

import tomllib
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

import numpy as np
import tomli_w
from django.db import connection

from wealthloop import ledger
from wealthloop.access.keys import customers_of
from wealthloop.bank import CHANNELS, BankTables
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home, opening, stable_id
from wealthloop.ledger import Disposition
from wealthloop.reports.lift import effects
from wealthloop.reports.past import past_contacts
from wealthloop.sandbox import Floats, World
from wealthloop.strategies import life
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.load import load_strategy
from wealthloop.trials.bridge import Bridge
from wealthloop.trials.calendar import Calendar, number_of
from wealthloop.trials.lawful import FUNDS
from wealthloop.trials.looks import Look
from wealthloop.trials.measure import Tally
from wealthloop.trials.morning import Room
from wealthloop.trials.truth import Twins

_SNAPSHOTS: Final = ("features", "scores", "insight")
_FEN: Final = 100.0


def documents() -> tuple[Strategy, ...]:
    """Return the strategies with which the platform's year begins."""
    with as_file(files(__package__).joinpath("documents")) as folder:
        return tuple(load_strategy(path) for path in sorted(folder.glob("fund-*.yaml")))


def prepare(home: Home, room: Room, book: str) -> None:
    """Give a home the year's capacities, budget and value book (YAML)."""
    own = tomllib.loads(files("wealthloop.loop").joinpath("capacity.toml").read_text("utf-8"))
    own |= {name: int(room.volumes[CHANNELS.index(name)]) for name in CHANNELS if name in own}
    own |= {"cards_per_rm": int(room.rms.max()), "budget_yuan": room.budget / _FEN}
    (home.root / "capacity.toml").write_text(tomli_w.dumps(own), encoding="utf-8")
    (home.root / "value_book.yaml").write_text(book, encoding="utf-8")


def launch(home: Home, on: date) -> None:
    """Submit, approve and launch the year's strategies on a day; author and reviewer are two."""
    now = opening(on, home.zone)
    for document in documents():
        version = life.submit(document, by="strategy", now=now).version
        life.approve(document.id, version, by="compliance", now=now)
        life.launch(document.id, version, by="compliance", now=now, on=on)


def spare_the_disk() -> None:
    """Let the state plane of this process not wait for the disk: a trial's home is thrown away, a killed one too."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous = OFF")


class PlatformYear:
    """The platform at work in a world, from the evening on which the world's past ends."""

    def __init__(self, home: Home, world: World, calendar: Calendar, tally: Tally) -> None:
        """Take over a world whose past is played and loaded.

        Args:
            home: the bank's home, its state plane open, the past's tables loaded, capacities and value book set.
            world: the world, standing on the evening of the past's last day.
            calendar: the days of the year.
            tally: what is measured.
        """
        self._home, self._world, self._calendar, self._tally = home, world, calendar, tally
        self._bridge = Bridge(home, world, as_of=calendar.past_ends)
        self._engine = DuckDBEngine()
        self._place = {customer: i for i, customer in enumerate(world.customer_ids)}
        self._documents = documents()
        self._twins = self._fork()
        self._planned = np.zeros(world.size)
        self._withheld = np.zeros(world.size)
        self._looks: list[Look] = []

    def play(self, on_day: Callable[[], None]) -> tuple[dict[str, Floats], dict[str, Any]]:
        """Play the year.

        Returns:
            Sums by customer, with the true value in yuan of its ``planned`` and of its ``withheld`` contacts, and the
            strategies' fates with every look at a report beside the truth.
        """
        launch(self._home, self._calendar.past_ends)
        for day in self._calendar.days:
            self._bridge.night(models="used")
            self._value_decisions()
            events = self._bridge.live_a_day(keep_files=False)
            self._tally.see(self._world, number_of(day), events)
            self._twins.live(day, number_of(day), events)
            self._forget_snapshots()
            if self._calendar.ends_month(day):
                self._look(day)
            on_day()
        return self._result()

    def _fork(self) -> Twins:
        products = self._world.spec.products
        counted = [i for i, product in enumerate(products) if product.category in FUNDS]
        return Twins(
            worlds={document.id: self._world.fork() for document in self._documents},
            counted=np.array(counted),
            begins=number_of(self._calendar.past_ends),
            days=len(self._calendar.days),
            size=self._world.size,
        )

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
                self._planned[who] += value
                if row["disposition"] == Disposition.WITHHELD:
                    self._withheld[who] += value

    def _forget_snapshots(self) -> None:
        """Keep the snapshots of the newest night alone: a year of them would fill a disk."""
        for name in _SNAPSHOTS:
            folder: Path = getattr(self._home, name)
            for path in folder.rglob("????-??-??.parquet"):
                if path.stem < (self._bridge.as_of - timedelta(days=1)).isoformat():
                    path.unlink()

    def _look(self, day: date) -> None:
        """Read the platform's report of the last night as a person would, and the truth beside it."""
        as_of = day - timedelta(days=1)
        month, bank = self._calendar.month_of(day), BankTables(self._home, self._engine)
        for report in effects(bank, self._engine, self._home, as_of=as_of):
            units = past_contacts(
                bank, self._engine, self._home,
                strategy_id=report.strategy_id, version=report.version, as_of=as_of,
            )  # fmt: skip
            document = next(one for one in self._documents if one.id == report.strategy_id)
            truth = self._twins.effect(report.strategy_id, units, self._place, document.success.window_days)
            if truth is not None:
                self._looks += [
                    Look(month=month, strategy=report.strategy_id, low=shown.low, high=shown.high, truth=truth)
                    for shown in report.effects
                ]

    def _result(self) -> tuple[dict[str, Floats], dict[str, Any]]:
        sums = {**self._tally.result(self._world), "planned": self._planned, "withheld": self._withheld}
        return sums, {
            "strategies_started": len(self._documents),
            "strategies_alive": len(life.running(self._bridge.as_of)),
            "strategies_proposed": 0,
            "looks": [asdict(one) for one in self._looks],
        }
