"""The day after a night: everything that placements are decided with, loaded once."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from wealthloop import features, insight, ledger, scoring
from wealthloop.access.keys import customers_of
from wealthloop.bank import BankTables
from wealthloop.engines import DuckDBEngine
from wealthloop.errors import Conflict, NotFound
from wealthloop.kit import Home, day_of, opening
from wealthloop.loop.around import profiles_of, surroundings, worth_of
from wealthloop.loop.capacity import load_capacity
from wealthloop.loop.cardfacts import CardFacts, card_facts
from wealthloop.loop.enrol import Drawing, drawing
from wealthloop.loop.hours import Hours, open_hours
from wealthloop.loop.limits import Limits, limits_of
from wealthloop.loop.models import Run
from wealthloop.loop.options import Surroundings
from wealthloop.loop.placing import finish_all
from wealthloop.loop.prices import prices_of
from wealthloop.loop.room import room_after, room_by_hour
from wealthloop.loop.types import Night
from wealthloop.loop.worth import Chances, Worth, chances_beside
from wealthloop.strategies.designs import StandingDesign, designs_on
from wealthloop.strategies.life import Running, running


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A night's day with everything that its placements are decided with, loaded once."""

    run: Run
    night: Night
    """The night, as it decided."""
    strategies: tuple[Running, ...]
    """Those that ran in the night and run now."""
    around: Surroundings
    worth: Worth
    chances: Mapping[str, Chances]
    units: Drawing
    standing: Sequence[StandingDesign]
    prices: Mapping[str, float]
    room: Mapping[str, int]
    """What the night has left of each resource."""
    hours: Hours
    """In which channels with a volume by hour may send."""
    best_hours: Mapping[str, int]
    """At which customers are most active; empty where no channel has a volume by hour."""
    contacted: frozenset[str]
    """Customers whom the night planned, withheld or not."""
    words: CardFacts
    names: Mapping[str, str | None]
    """Names of the customers, enciphered."""
    explainers: Mapping[str, scoring.Explainer | None]
    """By model."""
    features: pa.Table
    rows: Mapping[str, int]
    """Each customer's row of ``features``."""

    def described(self, customers: Collection[str]) -> pa.Table:
        """Return the features of some customers."""
        return self.features.take(pa.array([self.rows[one] for one in sorted(customers)], pa.int64()))


def open_day(home: Home, *, now: datetime, customers: Collection[str] | None = None) -> Day:
    """Load the day of the newest complete night, and finish what a kill has left of earlier placements.

    Args:
        home: the home, its state plane open.
        now: the present instant, UTC; must lie on the day that the night planned.
        customers: whose leads may be placed; None: everybody's.

    Raises:
        NotFound: no night is complete, or it has kept no prices.
        Conflict: the night planned another day.
    """
    finish_all(home, now=now)
    engine = DuckDBEngine()
    run, night = _night(home, BankTables(home, engine), engine, now)
    prices, averages = prices_of(home, run.run_id), ledger.read_averages(home, run.run_id)
    ran = run.inputs["strategies"]
    strategies = tuple(one for one in running(night.as_of) if ran.get(one.experiment) == one.approval.approved_hash)
    table = features.load(home, night.as_of)
    if customers is not None:
        table = table.filter(pc.is_in(table["customer_id"], value_set=pa.array(sorted(customers), pa.string())))
    table = table.combine_chunks()
    wanted = [str(one) for one in table["customer_id"].to_pylist()]
    around = surroundings(replace(night, begins=max(now, night.begins)), wanted, strategies)
    worth = worth_of(night, around)
    standing = designs_on(home, night.first_day)
    planned = ledger.read_run(home, run.run_id)["person_key"].to_pylist()
    contacted = frozenset(customers_of(str(key) for key in planned).values())
    limits = _limits(night, around, contacted)
    around, hours = replace(around, limits=limits), open_hours(load_capacity(home).hours, night)
    return Day(
        run=run,
        night=night,
        strategies=strategies,
        around=around,
        worth=worth,
        chances=chances_beside(night, strategies, worth, set(wanted), averages),
        units=drawing(night, strategies, around.profiles),
        standing=standing,
        prices={**dict.fromkeys(limits.room, 0.0), **prices},
        room={**room_after(home, run.run_id, standing, limits), **room_by_hour(run.run_id, hours, home.zone)},
        hours=hours,
        best_hours=insight.best_hours(home, night.as_of) if hours else {},
        contacted=contacted,
        words=replace(card_facts(night, ()), around=around),
        names=_names(night, wanted),
        explainers={name: scoring.explainer(home, name) for name in _explained(strategies, worth)},
        features=table,
        rows={customer: place for place, customer in enumerate(wanted)},
    )


def _limits(night: Night, around: Surroundings, contacted: Collection[str]) -> Limits:
    """Return the limits of the day's customers and of all whom the night planned: a household's members share one."""
    others = profiles_of(night, sorted(set(contacted) - around.profiles.keys())).to_pylist()
    return limits_of(night, {**around.profiles, **{row["customer_id"]: row for row in others}}, crowded=False)


def _night(home: Home, bank: BankTables, engine: DuckDBEngine, now: datetime) -> tuple[Run, Night]:
    """Return the newest complete night as it decided."""
    as_of = home.current()
    run = None if as_of is None else Run.objects.filter(as_of=as_of).exclude(finished_at=None).first()
    if as_of is None or run is None:
        raise NotFound("no night is complete, run one with 'wealthloop run --as-of DATE'")
    begins = max(run.started_at, opening(as_of + timedelta(days=1), home.zone))
    night = Night(home=home, engine=engine, bank=bank, run_id=run.run_id, as_of=as_of, begins=begins, now=now)
    today = day_of(now, home.zone)
    if today != night.first_day:
        raise Conflict(
            f"the newest night, of {as_of}, planned {night.first_day}; today is {today}: its prices hold for that day "
            "alone, run a night first"
        )
    return run, night


def _names(night: Night, wanted: Sequence[str]) -> dict[str, str | None]:
    people = night.bank.read("customers", ("customer_id", "name"), as_of=night.as_of)
    ours = people.filter(pc.is_in(people["customer_id"], value_set=pa.array(wanted, pa.string())))
    return {row["customer_id"]: row["name"] for row in ours.to_pylist()}


def _explained(strategies: Sequence[Running], worth: Worth) -> Iterator[str]:
    """Yield the models whose reasons can stand on a card."""
    for one in strategies:
        if "rm" in one.document.plan_channels and one.document.model_id in worth.records:
            yield one.document.model_id
