"""What a contact does: reached, interested, and a pull towards a purchase, by need, timing, channel and fatigue."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from wealthloop.bank.contract import CHANNELS
from wealthloop.sandbox.arrays import Made, Texts
from wealthloop.sandbox.bank_spec import Funnel
from wealthloop.sandbox.draws import Floats, Ints, Mask
from wealthloop.sandbox.events import note_events
from wealthloop.sandbox.needs import needs_of
from wealthloop.sandbox.records import EVERYWHERE, EVIDENCE, GIVEN, OUTCOMES, PLACES, PURPOSES, TOPICS
from wealthloop.sandbox.state import NEVER, Scene, channel_index

_DIGITAL: Final = ("app_push", "wechat")
_BY_VOICE: Final = ("rm", "remote_agent", "ai_call")
NO_MATURITY: Final = 10**6
MOST_INTEREST: Final = 0.95
"""The highest chance of interest that any contact has; assumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach:
    """Contacts of one channel that are about to be made; arrays have shape (n_contacts,)."""

    channel: str
    who: Ints
    """Customers by index, none twice."""
    product: Ints
    """What is offered, by index, -1 for nothing in particular."""
    warmth: Floats
    quality: Floats
    """Multiples of interest, as in ``Made``."""
    strategy: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """How customers took a contact; arrays have shape (n_contacts,)."""

    reached: Mask
    interested: Mask
    chance: Floats
    """Chance of interest once reached, as it truly was."""
    drawn: Floats
    """The number in [0, 1) that decided on interest."""


def respond(scene: Scene, approach: Approach) -> Response:
    """Let contacts of one channel happen today and keep what they cause."""
    who, funnel = approach.who, scene.spec.channels[approach.channel]
    reached = scene.kept("reach")[who] < reach_chance(scene, who, approach.channel)
    multiple = funnel.interested * approach.warmth * approach.quality
    chance = np.clip(multiple * interest(scene, who, approach.product), 0.0, MOST_INTEREST)
    drawn = scene.kept("interest")[who]
    interested = reached & (drawn < chance) & ~scene.truth.dog[who]
    _pull(scene, who[interested], funnel, approach.product[interested])
    _spoil(scene, who[reached & scene.truth.dog[who]])
    _weary(scene, who[reached], approach.channel, funnel)
    scene.today.made.append(
        Made(
            customer=who, channel=np.full(len(who), channel_index(approach.channel)), product=approach.product,
            warmth=approach.warmth, quality=approach.quality, strategy=approach.strategy, reached=reached,
            interested=interested,
        )
    )  # fmt: skip
    return Response(reached=reached, interested=interested, chance=chance, drawn=drawn)


def reach_chance(scene: Scene, who: Ints, channel: str) -> Floats:
    """Return the chance that a contact reaches each customer, by affinity and, in digital channels, by habit."""
    likes = scene.truth.affinity[who, channel_index(channel)].astype(np.float64)
    if channel in _DIGITAL:
        likes *= 0.5 + scene.truth.digital[who]
    return np.asarray(np.minimum(scene.spec.channels[channel].reached * likes, 1.0))


def interest(scene: Scene, who: Ints, product: Ints) -> Floats:
    """Return need match x timing x freshness of each contact, in [0, 1]."""
    category = scene.catalogue.category[product]
    need = np.where(product >= 0, needs_of(scene, who)[np.arange(len(who)), category], scene.state.own_need[who])
    return match(scene, need) * readiness(scene, who)


def match(scene: Scene, need: Floats) -> Floats:
    """Return how well an offer matches a need, in [0, 1)."""
    return np.asarray(need / (need + scene.spec.contact.half_need))


def readiness(scene: Scene, who: Ints) -> Floats:
    """Return timing x freshness of each customer, in [0, 1]."""
    contact = scene.spec.contact
    timing = contact.timing_floor + (1 - contact.timing_floor) * np.exp(-_event_age(scene, who) / contact.timing_days)
    return np.asarray(timing * np.exp(-contact.fatigue_weight * scene.state.fatigue[who]))


def next_maturity(scene: Scene) -> Ints:
    """Return the days until each customer's next maturity, NO_MATURITY for none; shape (n_customers,)."""
    lots = scene.state.positions
    days = np.full(scene.size, NO_MATURITY)
    terms = np.flatnonzero(lots.maturity > scene.day)
    np.minimum.at(days, lots.customer[terms], lots.maturity[terms] - scene.day)
    return days


def note_contacts(scene: Scene, approach: Approach, *, number: Ints | Texts, at: Ints, reached: Mask) -> None:
    """Write rows of the bank's contact record, and pushes opened among the app's events.

    Args:
        scene: the world.
        approach: the contacts.
        number: contact ids, or numbers that ids are made of.
        at: bank-local instants in microseconds.
        reached: whether each customer was reached.
    """
    words = ("reached", "not_reached") if approach.channel in _BY_VOICE else ("opened", "delivered")
    scene.records.contacts.add(
        {
            "contact_id": number,
            "customer_id": approach.who,
            "at": at,
            "channel": np.full(len(approach.who), channel_index(approach.channel)),
            "strategy_id": approach.strategy,
            "outcome": np.where(reached, OUTCOMES.index(words[0]), OUTCOMES.index(words[1])),
            "outcome_at": at,
        }
    )
    if approach.channel == "app_push":
        note_events(scene, approach.who[reached], kind="push_open", page="message", product=approach.product[reached])


def _event_age(scene: Scene, who: Ints) -> Ints:
    """Return the days since the customer's last event; 0 while a term is about to end."""
    state, triggers = scene.state, scene.spec.triggers
    events = (state.inflow_on, state.outflow_on, state.woke_on, state.salary_on, state.fresh_on)
    last = np.maximum.reduce([event[who] for event in events])
    maturing = next_maturity(scene)[who] <= triggers.maturing_days
    return np.where(maturing, 0, np.clip(scene.day - last, 0, -NEVER))


def _pull(scene: Scene, who: Ints, funnel: Funnel, product: Ints) -> None:
    """Keep the pull of interested customers; where a term is about to end it waits, and the term does not renew.

    A channel that sells nothing pulls nobody, so that such a contact changes nothing at all.
    """
    state = scene.state
    stronger = (funnel.sold >= state.pull[who]) & (funnel.sold > 0)
    who, product = who[stronger], product[stronger]
    wait = next_maturity(scene)[who]
    soon = wait <= scene.spec.triggers.maturing_days
    state.pull[who], state.pull_product[who] = funnel.sold, product
    state.pull_from[who] = scene.day + np.where(soon, wait, 0)
    lots = state.positions
    ends = np.isin(lots.customer, who[soon]) & (lots.maturity - scene.day <= scene.spec.triggers.maturing_days)
    state.positions = replace(lots, renew=lots.renew & ~ends)


def _spoil(scene: Scene, who: Ints) -> None:
    scene.state.pull[who] = -scene.spec.contact.harm
    scene.state.pull_from[who] = scene.day


def _weary(scene: Scene, who: Ints, channel: str, funnel: Funnel) -> None:
    """Add fatigue; some customers opt out, some complain, sleeping dogs four times as often."""
    state = scene.state
    weary = (1.0 + 2.0 * state.fatigue[who]) * np.where(scene.truth.dog[who], 4.0, 1.0)
    leaving = who[scene.kept("opt_out")[who] < funnel.opt_out * weary]
    angry = who[scene.kept("complaint/contact")[who] < funnel.complaint * weary]
    state.fatigue[who] += funnel.fatigue
    opt_out(scene, leaving, channel)
    complain(scene, angry, channel, topic="打扰")


def opt_out(scene: Scene, who: Ints, channel: str) -> None:
    """Revoke the consent to marketing: of all channels after a person's call, otherwise of the one channel.

    A customer who has revoked it already says nothing new, and cannot do so twice in one evening.
    """
    everywhere = channel in ("rm", "remote_agent")
    columns = np.arange(len(CHANNELS)) if everywhere else np.array([channel_index(channel)])
    who = who[scene.state.consent[np.ix_(who, columns)].any(axis=1)]
    scene.state.consent[np.ix_(who, columns)] = False
    scene.today.opt_outs.append(who)
    scene.records.consents.add(
        {
            "customer_id": who,
            "purpose": np.full(len(who), PURPOSES.index("marketing")),
            "channel": np.full(len(who), EVERYWHERE.index("*" if everywhere else channel)),
            "state": np.full(len(who), GIVEN.index("revoked")),
            "at": scene.instants(who, since=1080, until=1260, salt=51),
            "evidence": np.full(len(who), EVIDENCE.index("客户要求")),
        }
    )


def complain(scene: Scene, who: Ints, channel: str, *, topic: str) -> None:
    """Write complaints."""
    caused = topic == "打扰"
    scene.today.complaints.append((who, np.full(len(who), caused)))
    scene.records.complaints.add(
        {
            "customer_id": who,
            "at": scene.instants(who, since=1080, until=1260, salt=51 + PLACES.index(channel)),
            "channel": np.full(len(who), PLACES.index(channel)),
            "topic": np.full(len(who), TOPICS.index(topic)),
        }
    )
