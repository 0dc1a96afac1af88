"""What a night could do for some leads, by the night's own rules and values."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from wealthloop.leads.repository import LeadView
from wealthloop.loop.around import surroundings, worth_of
from wealthloop.loop.decide import members_of
from wealthloop.loop.enrol import Drawing, drawing
from wealthloop.loop.holdout import Reach, held_by
from wealthloop.loop.options import Option, Surroundings, possible_contacts
from wealthloop.loop.types import Night
from wealthloop.loop.worth import Worth, chances_of, valued
from wealthloop.policies.screen import Screening
from wealthloop.strategies.designs import StandingDesign, designs_on
from wealthloop.strategies.life import Running


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A night with what its leads are judged with, loaded once for all plans of it."""

    night: Night
    around: Surroundings
    worth: Worth
    units: Drawing
    """What draws the arms."""
    holdouts: tuple[StandingDesign, ...]
    """Standing experiments that hold on its day; what would begin with it is not known yet."""
    members: Mapping[str, Collection[str]]
    """By experiment the customers who are units of it already."""

    def held(self, one: Option) -> str | None:
        """Return the standing experiment that withholds a contact; None: none does."""
        reach = Reach.of(one.possible, self.around.profiles[one.customer_id])
        return held_by(reach, self.holdouts, salt=self.night.home.settings.salt)

    def unit_of(self, one: Option) -> str:
        """Return what draws the arm of a contact."""
        return self.units.unit_of(one.strategy, one.customer_id) or ""


def before_night(night: Night, customers: Iterable[str], strategies: Sequence[Running]) -> Surroundings:
    """Load what some customers are judged with; contacts that were made after the night began do not count."""
    around = surroundings(night, customers, strategies)
    facts = {
        customer: replace(known, contacts=tuple(one for one in known.contacts or () if one.at < night.begins))
        for customer, known in around.facts.items()
    }
    screening = Screening(facts, now=night.begins, pack=around.pack)
    return replace(around, facts=facts, screening=screening)


def scene_of(night: Night, leads: Sequence[LeadView], strategies: Sequence[Running]) -> Scene:
    """Load what some leads are judged with."""
    before = before_night(night, (lead.customer_id for lead in leads), strategies)
    return Scene(
        night=night,
        around=before,
        worth=worth_of(night, before),
        units=drawing(night, strategies, before.profiles),
        holdouts=tuple(designs_on(night.home, night.first_day)),
        members={one.experiment: members_of(night, (one,))[one.strategy_id] for one in strategies},
    )


def weighed(scene: Scene, leads: Sequence[LeadView], strategies: Sequence[Running]) -> tuple[Option, ...]:
    """Return what may be done for some leads when some strategies run, with its worth."""
    possible = [
        one
        for one in possible_contacts(scene.night, leads, strategies, scene.around)
        if scene.units.unit_of(one.strategy, one.customer_id) is not None
    ]
    chances = chances_of(scene.night, possible, strategies, scene.worth)
    return tuple(valued(possible, chances, scene.worth))
