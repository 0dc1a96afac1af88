"""A document replayed over past nights: whom it would have planned, and what these did by themselves."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.errors import InvalidInput
from wealthloop.kit import Home
from wealthloop.rehearsal.alike import alike
from wealthloop.rehearsal.candidate import candidate, must_be_known
from wealthloop.rehearsal.dryrun import dry_run, options_for, rehearse
from wealthloop.rehearsal.moments import standing_leads
from wealthloop.rehearsal.predict import units_of_plan
from wealthloop.rehearsal.shadow import night_at
from wealthloop.rehearsal.sizes import audience_of
from wealthloop.rehearsal.types import WEEK, Alike, DryRun
from wealthloop.rehearsal.weigh import scene_of
from wealthloop.reports.criterion import judged_by
from wealthloop.reports.design import fixed_before
from wealthloop.strategies.document import Strategy


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayNight:
    """One night of a replay, which stands for the nights until the next."""

    run: DryRun
    audience: int
    new_units: int
    """Customers whom no earlier night of the replay planned for the document."""
    alike: Alike | None
    """What those planned did by themselves; None where their window has not closed, or nobody was left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A replay with what it comes to a week."""

    strategy_id: str
    version: int
    first: date
    last: date
    every: int
    nights: tuple[ReplayNight, ...]

    @property
    def audience(self) -> float:
        """Customers in the audience, on average."""
        return sum(one.audience for one in self.nights) / len(self.nights)

    @property
    def units_a_week(self) -> float:
        """Customers who would have entered in a week."""
        return WEEK * sum(one.new_units for one in self.nights) / (self.every * len(self.nights))

    @property
    def without_contact(self) -> float | None:
        """The criterion's metric of those whom nobody contacted, over all nights; None where there are none."""
        known = [one.alike for one in self.nights if one.alike is not None]
        customers = sum(one.customers for one in known)
        return sum(one.mean * one.customers for one in known) / customers if customers else None


def replay(
    home: Home, bank: BankTables, engine: Engine, document: Strategy,
    *, first: date, last: date, every: int, today: date,
) -> Replay:  # fmt: skip
    """Replay a document beside the strategies that run today; nothing is decided or written.

    Args:
        home: the bank's home.
        bank: its tables.
        engine: what they lie on.
        document: what is replayed, at the full width of its ramp.
        first: the first night.
        last: no night after it.
        every: days from night to night; each has the capacity of so many days, its desks empty.
        today: whose running strategies are those beside it.

    Raises:
        InvalidInput: the tables do not reach the last night, or no night is left.
    """
    must_be_known(last, bank.last_day())
    if every < 1 or first > last:
        raise InvalidInput(f"from == {first}, to == {last}, every == {every}: must name at least one night")
    found = tuple(_nights(home, bank, engine, document, first, last, every, today))
    mine = candidate(document, as_of=first, today=today).mine
    return Replay(strategy_id=mine.strategy_id, version=mine.version, first=first, last=last, every=every, nights=found)


def _nights(
    home: Home, bank: BankTables, engine: Engine, document: Strategy, first: date, last: date, every: int, today: date
) -> Iterator[ReplayNight]:
    full = candidate(document, as_of=first, today=today).at_full_width()
    criterion = judged_by(document, full.mine.version)
    cut = fixed_before(bank, engine, criterion, first_day=first).cut
    gone: set[str] = set()
    seen: set[str] = set()
    day = first
    while day <= last:
        with night_at(home, bank, engine, as_of=day) as night:
            leads = standing_leads(night, full.every, mine=full.mine, gone=gone)
            scene = scene_of(night, leads, full.every)
            found = rehearse(scene, full, options_for(scene, leads, full), nights=every, busy=Counter())
            customers = units_of_plan(found.mine)
            audience = len(audience_of(night, full.mine))
            closed = day + timedelta(days=criterion.window_days) <= (bank.last_day() or day)
            yield ReplayNight(
                run=dry_run(found, night),
                audience=audience,
                new_units=len(customers - seen),
                alike=alike(night, full, customers, audience, criterion, cut) if closed else None,
            )
        gone |= {one.option.possible.lead.lead_id for one in found.with_it.planned}
        seen |= customers
        day += timedelta(days=every)
