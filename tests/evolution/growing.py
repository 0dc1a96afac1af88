"""A bank in memory in which one strategy contacts, and its contacts work for some customers alone."""

from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any, Final

import numpy as np
import pyarrow as pa

from tests.reports.worlds import PRODUCTS, MemoryBank, Planned, buy, day
from wealthloop import ledger
from wealthloop.access.keys import person_keys
from wealthloop.engines import DuckDBEngine
from wealthloop.evolution.conditions import FEATURES_READ
from wealthloop.experiments import assign_many, experiment_id
from wealthloop.kit import Home
from wealthloop.strategies import life
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.load import load_strategy

NOW: Final = datetime(2026, 9, 1, 2, tzinfo=UTC)
N: Final = 6_000
DAYS: Final = 30
BASE: Final = 0.04
EFFECT: Final = 0.16
RICH: Final = 50_000_000
"""From so many fen of AUM on, contacts by managers work."""


def root() -> Strategy:
    """Return a strategy for everybody, through managers and WeCom."""
    text = files("wealthloop.trials").joinpath("documents", "fund.yaml").read_text("utf-8")
    whole = load_strategy(text)
    steps = tuple(step for step in whole.channels if step.channel in ("rm", "wecom"))
    prior = {name: whole.effect_prior[name] for name in ("rm", "wecom")}
    return whole.model_copy(update={"channels": steps, "effect_prior": prior})


class Bank:
    """Customers with what is known of them, and the decisions and purchases that tests add."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.ids = [f"C{n:05d}" for n in range(N)]
        source = np.random.default_rng(4)
        self.rich = source.random(N) < 0.5
        self.channel = np.where(source.random(N) < 0.5, "rm", "wecom")
        self.trigger = np.where(source.random(N) < 0.5, "large_inflow", "funds_idle")
        self.moves: list[dict[str, Any]] = []
        self._source = source

    def tables(self, engine: DuckDBEngine) -> MemoryBank:
        """Return the tables."""
        customers = [{"customer_id": customer, "open_date": day(-100)} for customer in self.ids]
        return MemoryBank(engine, {"customers": customers, "products": PRODUCTS, "transactions": self.moves})

    def launch(self, document: Strategy, *, on: date | None = None) -> int:
        """Let a document run; return its version."""
        version = life.submit(document, "li", NOW).version
        life.approve(document.id, version, "zhao", NOW)
        life.launch(document.id, version, "zhao", NOW, on=on or day(0))
        return version

    def contact(self, document: Strategy, version: int, who: np.ndarray, *, first: int, effect: float) -> None:
        """Plan customers over some days from ``first`` on; what contacts add happens for the rich through managers."""
        arms = document.experiment_arms
        ids = [self.ids[place] for place in who.tolist()]
        drawn = assign_many(self.home.settings.salt, experiment_id(document.id, version), ids, arms)
        treated = np.array([not arms[place].control for place in drawn.tolist()])
        works = treated & self.rich[who] & (self.channel[who] == "rm")
        converts = self._source.random(len(who)) < BASE + effect * works
        keys, planned = person_keys(ids), Planned(strategy_id=document.id, version=version)
        for place, customer in enumerate(ids):
            on = day(first + place % DAYS)
            arm = arms[int(drawn[place])]
            planned.add(
                customer, on, arm.name, run_id=f"{document.id.replace('-', '')}x{version}x{first}",
                decision_id=f"{document.id}-{version}-{customer}", arm_share=arm.share, treated=not arm.control,
                disposition="withheld" if arm.control else "imported_sent", channel=str(self.channel[who[place]]),
                trigger=str(self.trigger[who[place]]), product_id="P1", sale_value=500_000, cost=100, p_no_contact=BASE,
            )  # fmt: skip
            if converts[place]:
                self.moves.append(buy(len(self.moves), customer, on + timedelta(days=3)))
        table = planned.table()
        ledger.write(self.home, table["run_id"][0].as_py(), table)
        ledger.write_known(self.home, table["run_id"][0].as_py(), self._known([keys[one] for one in ids], who))

    def _known(self, keys: list[str], who: np.ndarray) -> pa.Table:
        values = {name: np.full(len(who), np.nan) for name in FEATURES_READ}
        values["aum_average"] = np.where(self.rich[who], 2 * RICH, RICH / 100)
        values["age"] = 25.0 + who % 40
        return pa.table({"person_key": keys, **values})
