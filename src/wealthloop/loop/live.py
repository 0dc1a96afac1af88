"""The day's event path: each row that arrives is looked at by the night's rules, and a lead that it brings is placed.

It holds no decision of its own: events are those that the night would find in the same rows, leads are recorded as the
night records them, and places are taken at the night's prices. Whatever is given again is known already.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from wealthloop import insight
from wealthloop.bank.arriving import Arrived
from wealthloop.bank.check import Surroundings
from wealthloop.kit import Home
from wealthloop.leads import repository as leads
from wealthloop.leads.detect import Event
from wealthloop.leads.document import Rule
from wealthloop.leads.stream import Stream
from wealthloop.leads.triggers import RULES
from wealthloop.loop.day import Day, open_day
from wealthloop.loop.intraday import place_all, refuse_another_day
from wealthloop.loop.placing import Declined, Outcome, Reason

TABLES: Final = ("app_events", "transactions")
"""Whose rows may arrive during a day: what customers do, and no rule of contact reads.

Consents, assessments, complaints, books or contacts of other systems change whom a strategy may contact. They are
loaded before a night, which asks every rule anew; a row of theirs is refused here, so that nobody takes it for heard.
"""
_URGENCY: Final = {rule.name: rule.priority for rule in RULES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """An event that a row brought for the first time, and what became of its lead."""

    event: Event
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A day at whose prices leads are placed, and the rows of its customers."""

    day: Day
    stream: Stream

    @property
    def within(self) -> Surroundings:
        """What the day's rows are checked with; one that is dated after the day is refused."""
        home = self.day.night.home
        return Surroundings(zone=home.zone, as_of=self.day.night.first_day, cipher=home.cipher, load=0)

    def take(self, one: Arrived, *, now: datetime) -> list[Brought]:
        """Take a row; record the leads that it brings and give them their places, the most urgent first.

        Args:
            one: the row; given again it brings nothing, and to another worker the same leads with the places they have.
            now: the present instant, UTC.

        Raises:
            Conflict: the day is over; the row is not taken.
        """
        refuse_another_day(self.day, now)
        found = sorted(self.stream.take([(one.table, one.row)]), key=lambda event: -_URGENCY[event.trigger])
        events = {leads.lead_id_of(event): event for event in found}
        leads.record(found, as_of=self.day.night.first_day)
        recorded = leads.by_ids(list(events))
        wanted = [recorded[name] for name in events if name in recorded]
        outcomes = {each.lead_id: each for each in place_all(self.day, wanted, now=now)}
        return [Brought(event=event, outcome=outcomes.get(name) or _over(name)) for name, event in events.items()]


def open_live(home: Home, *, now: datetime) -> Live:
    """Open the day of the newest complete night for the rows that arrive in it.

    What the bank's tables held at the night's end is kept as the rules look back to it. What the day brings by itself,
    without any row, such as a birthday, is left to the night that follows.

    Args:
        home: the home, its state plane open.
        now: the present instant, UTC; must lie on the day that the night planned.

    Raises:
        NotFound, Conflict: as ``open_day``.
    """
    day = open_day(home, now=now)
    night, profiles = day.night, insight.load(home, day.night.as_of)
    stream = Stream.of_bank(
        night.bank, as_of=night.as_of, zone=home.zone, features=day.features, profiles=profiles, rules=_rules(day)
    )
    stream.advance(night.first_day, features=day.features, profiles=profiles)
    return Live(day=day, stream=stream)


def _rules(day: Day) -> tuple[Rule, ...]:
    """Return the event rules that a strategy of the day answers and that a row of the day may fire."""
    answered = {trigger for one in day.strategies for trigger in one.document.triggers}
    return tuple(rule for rule in RULES if rule.name in answered and rule.tables & set(TABLES))


def _over(lead_id: str) -> Declined:
    """Decline a lead that was over before its row arrived, and is not recorded."""
    return Declined(lead_id=lead_id, reason=Reason.OVER)
