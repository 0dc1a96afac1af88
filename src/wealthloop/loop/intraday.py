"""New leads during a day: each takes its place at the night's prices, within what is left, without a new solve.

The prices of a night say what a unit of each resource is worth to everybody whom it planned. A contact that is worth
more than the prices of what it uses would have had its place in that plan, or one nearly as good; what the night has
left over is given out until it is gone. Nothing that the night planned is moved, a slot that control leaves empty stays
empty, and arms, holdouts, markets, ramps and clusters are the night's own.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from wealthloop.access.masking import mask_name
from wealthloop.errors import Conflict, NotFound
from wealthloop.experiments import assign
from wealthloop.feedback.said import told
from wealthloop.kit import day_of, parts_of
from wealthloop.leads import repository as leads
from wealthloop.leads.models import LeadState
from wealthloop.leads.repository import LeadView
from wealthloop.loop.around import categories
from wealthloop.loop.cardfacts import REASONS, CardFacts, Decision
from wealthloop.loop.day import Day
from wealthloop.loop.decide import held_of, row_of
from wealthloop.loop.explore import reduced
from wealthloop.loop.hours import hour_resource, nearest
from wealthloop.loop.intents import intent_of
from wealthloop.loop.markets import market_of
from wealthloop.loop.options import Option, Surroundings, possible_contacts
from wealthloop.loop.placing import INTRADAY, Asked, Choice, Made, Outcome, Placed, Reason, finish, reserve
from wealthloop.loop.plan import Planned
from wealthloop.loop.types import Night
from wealthloop.loop.worth import valued
from wealthloop.policies.reserve import live
from wealthloop.policies.screen import Screening
from wealthloop.strategies.life import running

_AT_ONCE: Final = 50
"""Leads of one transaction and one partition of the ledger."""


def place(day: Day, lead: LeadView, *, now: datetime) -> Outcome:
    """Give a lead its place at the night's prices, or say why it takes none; see ``place_all``."""
    return place_all(day, [lead], now=now)[0]


def place_all(day: Day, many: Sequence[LeadView], *, now: datetime) -> list[Outcome]:
    """Give leads their places in this order: of the contacts that fit what is left the one worth most beyond prices.

    A lead that has its place already keeps it, however often and by however many workers it is asked for.

    Args:
        day: of ``open_day``.
        many: leads that are recorded.
        now: the present instant, UTC.

    Returns:
        What became of each lead. A place is in the ledger and, unless it is withheld, in the outbox.

    Raises:
        NotFound: a lead is not recorded.
        Conflict: the day is over.
    """
    refuse_another_day(day, now)
    night = replace(day.night, begins=max(now, day.night.begins), now=now)
    outcomes: list[Outcome] = []
    for part in parts_of(many, _AT_ONCE):
        recorded = leads.by_ids([one.lead_id for one in part])
        for one in part:
            if one.lead_id not in recorded:
                raise NotFound(f"lead {one.lead_id}: not in this home, record it before it is placed")
        asked = [_asked(day, night, recorded[one.lead_id]) for one in part]
        found = reserve(day.run, night.first_day, day.room, asked, now=now)
        for run_id in dict.fromkeys(one.run_id for one in found if isinstance(one, Placed)):
            finish(night.home, run_id, now=now)
        outcomes += found
    return outcomes


def refuse_another_day(day: Day, now: datetime) -> None:
    """Refuse to go on after the day whose prices they are.

    Raises:
        Conflict: the day is over.
    """
    if day_of(now, day.night.home.zone) != day.night.first_day:
        raise Conflict(f"the prices are those of {day.night.first_day}, that day is over: run a night first")


def new_leads(as_of: date, *, today: date) -> list[LeadView]:
    """Return the open leads that were found after a night and are not over, which a strategy answers."""
    answered = {occasion for one in running(as_of) for occasion in one.document.occasions}
    found = (one for one in leads.listed(today) if one.trigger in answered)
    return [one for one in found if one.state == LeadState.OPEN and one.found_on > as_of]


def _asked(day: Day, night: Night, lead: LeadView) -> Asked:
    """Return a lead's choices that are worth more than their prices, the best first; ties by their names."""
    refused = _refused(day, night, lead)
    if refused is not None:
        return Asked(lead=lead, refused=refused)
    around = _at_present(day, night, lead.customer_id)
    options = valued(possible_contacts(night, [lead], day.strategies, around), day.chances, day.worth)
    for reason, keeps in _SIEVES:
        options = [one for one in options if keeps(day, one)]
        if not options:
            return Asked(lead=lead, refused=reason)
    best = sorted(options, key=lambda one: (-reduced(one, day.prices), one.action_id))
    return Asked(lead=lead, choices=tuple(each for one in best for each in _choices(day, night, one, around)))


def _is_drawn(day: Day, one: Option) -> bool:
    return day.units.unit_of(one.strategy, one.customer_id) is not None


def _is_in_no_market(day: Day, one: Option) -> bool:
    tier, salt = day.around.profiles[one.customer_id]["tier"], day.night.home.settings.salt
    return market_of(one, day.standing, tier, salt=salt) is None


def _is_priced(day: Day, one: Option) -> bool:
    return one.uses.keys() <= day.prices.keys() & day.room.keys()


def _is_worth_it(day: Day, one: Option) -> bool:
    return reduced(one, day.prices) > 0


_SIEVES: Final[tuple[tuple[Reason, Callable[[Day, Option], bool]], ...]] = (
    (Reason.NOT_ALLOWED, lambda _day, _one: True),
    (Reason.NO_CLUSTER, _is_drawn),
    (Reason.IN_MARKET, _is_in_no_market),
    (Reason.NO_PRICE, _is_priced),
    (Reason.BELOW_PRICE, _is_worth_it),
)
"""What a contact must pass, in this order, and why a lead is declined of which none does."""


def _refused(day: Day, night: Night, lead: LeadView) -> Reason | None:
    """Say why a lead is not asked about at all."""
    if lead.state != LeadState.OPEN or lead.expires_on < night.first_day:
        return Reason.OVER
    if lead.customer_id not in day.around.profiles or lead.customer_id not in day.rows:
        return Reason.UNKNOWN
    return Reason.CONTACTED if lead.customer_id in day.contacted else None


def _at_present(day: Day, night: Night, customer: str) -> Surroundings:
    """Return the surroundings of one customer with what is refused, sent, stopped and said by this instant."""
    said = told([customer], now=night.now, category_of=categories(day.words.products))
    facts = replace(live(day.around.facts[customer], now=night.now), told=said.get(customer, ()))
    screening = Screening({customer: facts}, now=night.begins, pack=day.around.pack)
    return replace(day.around, facts={customer: facts}, screening=screening)


def _choices(day: Day, night: Night, one: Option, around: Surroundings) -> Iterator[Choice]:
    """Yield a contact in each hour that is not over, the nearest to its customer's best first; else as it is.

    Control takes the hour's room too, so that who comes next fares alike whatever the arm.
    """
    channel = one.possible.channel
    if channel not in day.hours:
        yield _choice(day, night, one, around, uses=one.uses, begins=night.begins)
        return
    still = [hour for hour in day.hours[channel] if hour.ends > night.begins]
    for hour in nearest(still, day.best_hours.get(one.customer_id)):
        uses = {**one.uses, hour_resource(channel, hour.hour): 1}
        yield _choice(day, night, one, around, uses=uses, begins=max(hour.begins, night.begins))


def _choice(
    day: Day, night: Night, one: Option, around: Surroundings, *, uses: Mapping[str, int], begins: datetime
) -> Choice:
    def make(run_id: str) -> Made:
        ours = replace(night, run_id=run_id)
        planned = _planned(day, one)
        row = row_of(planned, ours, "", day.units, day.worth.book.digest) | {"occasion": INTRADAY}
        del row["person_key"]
        if planned.withheld:
            return Made(row=row, intent=None)
        decision = Decision(row=row, lead=one.possible.lead, strategy=one.strategy)
        return Made(row=row, intent=intent_of(ours, decision, _words(day, decision, around), begins=begins))

    return Choice(uses=uses, make=make)


def _planned(day: Day, one: Option) -> Planned:
    """Return a choice with its arm, drawn and held as a night does."""
    salt = day.night.home.settings.salt
    unit = day.units.unit_of(one.strategy, one.customer_id) or ""
    return Planned(
        option=one,
        arm=assign(salt, one.strategy.experiment, unit, one.strategy.arms),
        price=round(sum(day.prices[name] * units for name, units in one.uses.items())),
        refill=False,
        held_by=held_of(one, day.standing, day.around, salt),
    )


def _words(day: Day, decision: Decision, around: Surroundings) -> CardFacts:
    """Return what one contact is written from."""
    if decision.channel != "rm":
        return replace(day.words, around=around)
    customer, model = decision.customer_id, decision.strategy.document.model_id
    name = day.names.get(customer)
    explains = day.explainers.get(model) if decision.row["model_version"] else None
    reasons = {} if explains is None else explains.reasons_of(day.described([customer]), top=REASONS)
    return replace(
        day.words,
        around=around,
        names={} if name is None else {customer: mask_name(day.night.home.cipher.decrypt(name))},
        reasons={(model, who): several for who, several in reasons.items()},
    )
