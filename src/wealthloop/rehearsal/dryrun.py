"""The plan of a night, or of a week's nights at once, with a document beside the running strategies and without it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from wealthloop.delivery.models import Card, Intent, IntentState
from wealthloop.delivery.transitions import OPEN
from wealthloop.leads.repository import LeadView
from wealthloop.loop.capacity import busy_desks, capacities, left_in_all
from wealthloop.loop.options import Option
from wealthloop.loop.plan import NightPlan, Planned, plan_night
from wealthloop.loop.types import Night
from wealthloop.rehearsal.candidate import Candidate
from wealthloop.rehearsal.types import ChannelPlan, DryRun
from wealthloop.rehearsal.weigh import Scene, weighed
from wealthloop.strategies.life import Running


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What may be done with the document and without it."""

    with_it: tuple[Option, ...]
    without_it: tuple[Option, ...]

    def of_leads(self, lead_ids: Collection[str]) -> "Options":
        """Return those of some leads."""
        return Options(
            with_it=tuple(one for one in self.with_it if one.possible.lead.lead_id in lead_ids),
            without_it=tuple(one for one in self.without_it if one.possible.lead.lead_id in lead_ids),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """Both plans, and what they could use."""

    candidate: Candidate
    options: Options
    nights: int
    capacity: Mapping[str, int]
    """Units of every resource for all the nights."""
    with_it: NightPlan
    without_it: NightPlan

    @property
    def mine(self) -> tuple[Planned, ...]:
        """Contacts that are planned for the document."""
        name = self.candidate.mine.strategy_id
        return tuple(one for one in self.with_it.planned if one.option.strategy_id == name)


def options_for(
    scene: Scene, leads: Sequence[LeadView], candidate: Candidate, *, without_it: tuple[Option, ...] | None = None
) -> Options:
    """Return what may be done for some leads with the document and without it.

    What the others may do is the same with it, unless a child that is being confirmed has customers to itself.

    Args:
        scene: what they are judged with.
        leads: the leads.
        candidate: the document.
        without_it: what may be done without it, where that is known already.
    """
    without = weighed(scene, leads, candidate.without_it) if without_it is None else without_it
    if any(one.document.reserve is not None for one in candidate.every):
        return Options(with_it=weighed(scene, leads, candidate.with_it), without_it=without)
    mine = candidate.mine
    others = (one for one in without if one.strategy_id != mine.strategy_id)
    place = {lead.lead_id: number for number, lead in enumerate(leads)}
    with_it = sorted(
        (*others, *weighed(scene, leads, (mine,))), key=lambda one: (place[one.possible.lead.lead_id], one.strategy_id)
    )
    return Options(with_it=tuple(with_it), without_it=without)


def rehearse(scene: Scene, candidate: Candidate, options: Options, *, nights: int, busy: Counter[str]) -> Rehearsed:
    """Plan some nights at once: their leads together under what all their days can do.

    Args:
        scene: the first of the nights, with what it is judged with.
        candidate: the document.
        options: what may be done.
        nights: how many.
        busy: cards that take room on the desks of the first day.
    """
    mine = candidate.with_it
    room = _capacity(scene, mine, nights=nights, busy=busy)
    return Rehearsed(
        candidate=candidate,
        options=options,
        nights=nights,
        capacity=room,
        with_it=_plan(scene, options.with_it, mine, room),
        without_it=_plan(
            scene, options.without_it, candidate.without_it,
            _capacity(scene, candidate.without_it, nights=nights, busy=busy),
        ),
    )  # fmt: skip


def dry_run(rehearsed: Rehearsed, night: Night) -> DryRun:
    """Say what both plans come to."""
    name = rehearsed.candidate.mine.strategy_id
    planned = rehearsed.mine
    ours = [one for one in rehearsed.options.with_it if one.strategy_id == name]
    return DryRun(
        as_of=night.as_of,
        nights=rehearsed.nights,
        leads=len({one.possible.lead.lead_id for one in ours}),
        channels=tuple(_channel(channel, planned) for channel in rehearsed.candidate.mine.document.plan_channels),
        value=sum(one.option.net_value for one in planned),
        value_with=_value(rehearsed.with_it),
        value_without=_value(rehearsed.without_it),
        displaced=sum(max(0, fewer) for fewer in displaced(rehearsed).values()),
    )


def displaced(rehearsed: Rehearsed) -> dict[str, int]:
    """Return by other strategy how many fewer contacts are planned with the document than without it."""
    before = Counter(one.option.strategy_id for one in rehearsed.without_it.planned)
    after = Counter(one.option.strategy_id for one in rehearsed.with_it.planned)
    return {one.strategy_id: before[one.strategy_id] - after[one.strategy_id] for one in rehearsed.candidate.others}


def desks_before(night: Night) -> Counter[str]:
    """Return the cards that lay on each desk when a night planned, or were on their way to it.

    What the night itself has put there since, where it has run, does not count.
    """
    of_night = Intent.objects.filter(channel="rm", run_id=night.run_id)
    waiting = of_night.filter(state__in=(IntentState.PENDING, IntentState.CLAIMED)).values_list("staff_id", flat=True)
    lying = Card.objects.filter(intent__in=of_night, state__in=OPEN)
    own = Counter(waiting) + Counter(lying.values_list("staff_id", flat=True))
    return busy_desks() - own


def _capacity(scene: Scene, strategies: Sequence[Running], *, nights: int, busy: Counter[str]) -> dict[str, int]:
    """Return the room of the first night with its desks as they are, and of the rest with empty ones.

    What a strategy's budget or its units have left is all that there is, on however many nights.
    """
    night, limits = scene.night, scene.around.limits.room
    first = {**capacities(night, tuple(strategies), busy=busy), **limits}
    later = {**capacities(night, tuple(strategies), busy=Counter()), **limits}
    together = {name: units + (nights - 1) * later[name] for name, units in first.items()}
    lasting = left_in_all(night, tuple(strategies))
    return together | {name: min(together[name], units) for name, units in lasting.items()}


def _plan(
    scene: Scene, options: Sequence[Option], strategies: Sequence[Running], capacity: Mapping[str, int]
) -> NightPlan:
    return plan_night(
        options,
        capacity,
        salt=scene.night.home.settings.salt,
        members={one.strategy_id: scene.members[one.experiment] for one in strategies},
        holding=scene.held,
        unit_of=scene.unit_of,
    )


def _channel(channel: str, planned: Sequence[Planned]) -> ChannelPlan:
    here = [one for one in planned if one.option.possible.channel == channel]
    withheld = sum(one.withheld for one in here)
    return ChannelPlan(channel=channel, planned=len(here), sent=len(here) - withheld, withheld=withheld)


def _value(plan: NightPlan) -> int:
    """Return the expected incremental value of what is sent."""
    return sum(one.option.net_value for one in plan.planned if not one.withheld)
