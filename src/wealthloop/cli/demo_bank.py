"""The simulated bank of the demo: its past, its people, and days that follow the platform's contacts."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final

from wealthloop.bank import BankTables
from wealthloop.cli.demo_people import add_people
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home, opening
from wealthloop.loop.past import import_past
from wealthloop.sandbox import PastDecision, RunningStrategy, Trigger, World
from wealthloop.strategies import life
from wealthloop.strategies.load import starting
from wealthloop.trials.bridge import Bridge

FIRST_NIGHT: Final = date(2026, 11, 20)
PAST_DAYS: Final = 180
STRATEGY_DAYS: Final = 90
LEFT_ALONE: Final = "RM001"
"""The desk that nobody simulated touches, so that whoever opens the demo finds cards on it."""
_RAN: Final[tuple[tuple[str, tuple[Trigger, ...], str, str, int], ...]] = (
    ("maturity-care", ("deposit_maturing", "large_inflow"), "P019", "rm", 60),
    ("idle-salary", ("salary_idle",), "P008", "app_push", 60),
    ("stay-close", ("dormant_login", "near_tier", "large_outflow"), "P017", "wechat", 60),
)
"""What the bank ran before: strategy, triggers, product, channel, contacts planned a day."""


class DemoBank:
    """A world and the home that watches it."""

    def __init__(self, home: Home, *, customers: int, seed: int) -> None:
        self._home = home
        self._world = World(seed=seed, customers=customers, salt=home.settings.salt)
        self._bridge = Bridge(home, self._world, as_of=FIRST_NIGHT, left_alone=(LEFT_ALONE,))
        self._past: list[PastDecision] = []

    @property
    def past_days(self) -> int:
        """How many days of past there are."""
        return PAST_DAYS

    def make_past(self, on_day: Callable[[date], None]) -> None:
        """Play the bank's past and write its tables where ``load_past`` finds them."""
        self._past = self._world.history(
            first=FIRST_NIGHT - timedelta(days=PAST_DAYS - 1),
            last=FIRST_NIGHT,
            running=[_ran(*row) for row in _RAN],
            out=self._bridge.files(FIRST_NIGHT),
            on_day=on_day,
        )

    def load_past(self) -> None:
        """Load the tables, add people, launch the strategies as of their past, take over their decisions."""
        self._bridge.load(FIRST_NIGHT)
        launched = opening(FIRST_NIGHT - timedelta(days=STRATEGY_DAYS), self._home.zone)
        add_people(self._staff(), now=launched)
        for document in starting():
            version = life.submit(document, by="strategy", now=launched)
            life.approve(document.id, version.version, by="compliance", now=launched)
            life.launch(document.id, version.version, by="compliance", now=launched, on=_launch_day())
        arms = {(document.id, 1): document.experiment_arms for document in starting()}
        import_past(self._home, self._past, arms)

    def night(self, on_step: Callable[[str], None]) -> None:
        """Run the next night of the loop."""
        self._bridge.night(on_step=on_step)

    def live_a_day(self) -> None:
        """Let the day after the newest night happen."""
        self._bridge.live_a_day()

    def _staff(self) -> list[dict[str, Any]]:
        engine = DuckDBEngine()
        staff = BankTables(self._home, engine).scan("staff", as_of=FIRST_NIGHT)
        return engine.to_arrow(staff.order_by("staff_id"), name="staff").to_pylist()


def _launch_day() -> date:
    return FIRST_NIGHT - timedelta(days=STRATEGY_DAYS)


def _ran(
    strategy_id: str, triggers: tuple[Trigger, ...], product_id: str, channel: str, capacity: int
) -> RunningStrategy:
    document = next(one for one in starting() if one.id == strategy_id)
    return RunningStrategy(
        strategy_id=strategy_id,
        version=1,
        triggers=triggers,
        product_id=product_id,
        channel=channel,
        daily_capacity=capacity,
        arms=document.experiment_arms,
        launched_on=_launch_day(),
    )
