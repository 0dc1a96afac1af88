"""The simulated bank of the demo: its past, its people, and days that follow the platform's contacts."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final, Literal

from wealthloop.bank import BankTables, ingest
from wealthloop.cli.demo_people import add_people
from wealthloop.delivery import cards
from wealthloop.delivery.models import Card, CardState, Intent, IntentState
from wealthloop.delivery.transitions import Outcome
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home, opening, stable_id
from wealthloop.loop.night import run_night
from wealthloop.loop.past import import_past
from wealthloop.sandbox import CardSeen, Contact, PastDecision, RunningStrategy, Trigger, World
from wealthloop.strategies import life
from wealthloop.strategies.load import shipped

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

_OPEN: Final[dict[CardState, Literal["new", "claimed", "follow_up"]]] = {
    CardState.NEW: "new",
    CardState.CLAIMED: "claimed",
    CardState.FOLLOW_UP: "follow_up",
}


class DemoBank:
    """A world and the home that watches it."""

    def __init__(self, home: Home, *, customers: int, seed: int) -> None:
        self._home = home
        self._world = World(seed=seed, customers=customers, salt=home.settings.salt)
        self._past: list[PastDecision] = []
        self._as_of = FIRST_NIGHT - timedelta(days=1)

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
            out=self._files(FIRST_NIGHT),
            on_day=on_day,
        )

    def load_past(self) -> None:
        """Load the tables, add people, launch the strategies as of their past, take over their decisions."""
        self._load(FIRST_NIGHT)
        launched = opening(FIRST_NIGHT - timedelta(days=STRATEGY_DAYS), self._home.zone)
        add_people(self._staff(), now=launched)
        for document in shipped():
            version = life.submit(document, by="strategy", now=launched)
            life.approve(document.id, version.version, by="compliance", now=launched)
            life.launch(document.id, version.version, by="compliance", now=launched, on=_launch_day())
        arms = {(document.id, 1): document.experiment_arms for document in shipped()}
        import_past(self._home, self._past, arms)

    def night(self, on_step: Callable[[str], None]) -> None:
        """Run the next night of the loop; its contacts begin the next morning at 09:30."""
        self._as_of += timedelta(days=1)
        run_night(self._home, as_of=self._as_of, now=self._at(self._tomorrow, time(9, 30)), progress=on_step)

    def live_a_day(self) -> None:
        """Let the day after the newest night happen: people work cards, customers answer, the bank writes it down."""
        day = self._tomorrow
        messages = self._messages()
        self._work(day)
        self._world.advance(day, contacts=messages, out=self._files(day))
        self._load(day)

    @property
    def _tomorrow(self) -> date:
        return self._as_of + timedelta(days=1)

    def _work(self, day: date) -> None:
        """Let relationship managers work on their desks, and record it as they would; one desk waits for a person."""
        others = Card.objects.exclude(staff_id__in=("", LEFT_ALONE))
        desks = others.values_list("staff_id", flat=True).order_by("staff_id").distinct()
        shown = [
            _seen(card, place) for staff_id in desks for place, card in enumerate(cards.today(staff_id, today=day))
        ]
        for number, work in enumerate(self._world.work_cards(day, shown)):
            cards.record(
                work.card_id,
                Outcome(work.outcome),
                actor=work.staff_id.lower(),
                staff_id=work.staff_id,
                request_id=stable_id("demo", day, number, work.card_id, work.outcome),
                now=work.at,
                note=work.note,
                follow_up_on=work.follow_up_on,
            )

    def _messages(self) -> list[Contact]:
        """Return the messages that the channels accepted this morning."""
        night_run = stable_id("run", self._as_of.isoformat())
        sent = Intent.objects.filter(run_id=night_run, state=IntentState.SENT).exclude(channel="rm")
        return [_contact(intent, intent.finished_at or intent.not_before) for intent in sent.order_by("intent_id")]

    def _load(self, day: date) -> None:
        ingest(self._home, self._files(day), mapping=None, as_of=day, accept=True)

    def _files(self, day: date) -> Path:
        return self._home.root / "handed-over" / day.isoformat()

    def _staff(self) -> list[dict[str, Any]]:
        engine = DuckDBEngine()
        staff = BankTables(self._home, engine).scan("staff", as_of=FIRST_NIGHT)
        return engine.to_arrow(staff.order_by("staff_id"), name="staff").to_pylist()

    def _at(self, day: date, at: time) -> datetime:
        return opening(day, self._home.zone, at=at)


def _launch_day() -> date:
    return FIRST_NIGHT - timedelta(days=STRATEGY_DAYS)


def _ran(
    strategy_id: str, triggers: tuple[Trigger, ...], product_id: str, channel: str, capacity: int
) -> RunningStrategy:
    document = next(one for one in shipped() if one.id == strategy_id)
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


def _contact(intent: Intent, at: datetime) -> Contact:
    return Contact(
        contact_id=intent.intent_id,
        customer_id=intent.customer_id,
        channel=intent.channel,
        at=at,
        strategy_id=intent.strategy_id,
        product_id=intent.product_id or None,
    )
