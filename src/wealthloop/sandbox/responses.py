"""What a contact does: reached, interested, and a pull towards a purchase, by need, timing, channel and fatigue."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from wealthloop.bank.contract import CHANNELS
from wealthloop.sandbox.draws import Floats, Ints, Mask
from wealthloop.sandbox.purchases import category_shares
from wealthloop.sandbox.spec import Funnel
from wealthloop.sandbox.state import NEVER, Scene, channel_index

_DIGITAL: Final = ("app_push", "wechat")
_BY_VOICE: Final = ("rm", "remote_agent", "ai_call")
NO_MATURITY: Final = 10**6


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """How customers took a contact; arrays have shape (n_contacts,)."""

    reached: Mask
    interested: Mask
    chance: Floats
    """Chance of interest once reached, as it truly was."""
    drawn: Floats
    """The number in [0, 1) that decided on interest."""


def respond(scene: Scene, who: Ints, *, channel: str, product: Ints, warmth: Floats) -> Response:
    """Let contacts of one channel happen today and keep what they cause.

    Args:
        scene: the world, on the day of the contacts.
        who: customers by index, none twice, shape (n_contacts,).
        channel: the channel.
        product: what was offered, by index, -1 for nothing in particular, shape (n_contacts,).
        warmth: multiple of interest, 1 for a first contact, shape (n_contacts,).
    """
    funnel = scene.spec.channels[channel_name(channel)]
    likes = 0.5 + scene.truth.digital[who] if channel in _DIGITAL else np.ones(len(who))
    reached = scene.uniform("reach")[who] < funnel.reached * likes
    chance = np.clip(funnel.interested * warmth * interest(scene, who, product), 0.0, 0.95)
    drawn = scene.uniform("interest")[who]
    interested = reached & (drawn < chance) & ~scene.truth.dog[who]
    _pull(scene, who[interested], funnel, product[interested])
    _spoil(scene, who[reached & scene.truth.dog[who]])
    _weary(scene, who[reached], channel, funnel)
    return Response(reached=reached, interested=interested, chance=chance, drawn=drawn)


def channel_name(channel: str) -> str:
    """Return the channel.

    Raises:
        ValueError: not a channel of the contract.
    """
    return CHANNELS[channel_index(channel)]


def interest(scene: Scene, who: Ints, product: Ints) -> Floats:
    """Return need match x timing x freshness of each contact, in [0, 1]."""
    contact, truth = scene.spec.contact, scene.truth
    own = (truth.needs[who] @ category_shares(scene.spec)).astype(np.float64)
    need = np.where(product >= 0, truth.needs[who, scene.catalogue.category[product]], own)
    match = need / (need + contact.half_need)
    timing = contact.timing_floor + (1 - contact.timing_floor) * np.exp(-_event_age(scene, who) / contact.timing_days)
    return np.asarray(match * timing * np.exp(-contact.fatigue_weight * scene.state.fatigue[who]))


def next_maturity(scene: Scene) -> Ints:
    """Return the days until each customer's next maturity, NO_MATURITY for none; shape (n_customers,)."""
    lots = scene.state.positions
    days = np.full(scene.size, NO_MATURITY)
    terms = lots.maturity > scene.day
    np.minimum.at(days, lots.customer[terms], lots.maturity[terms] - scene.day)
    return days


def outcome_word(channel: str, *, reached: bool) -> str:
    """Return the outcome that the bank's contact record shows."""
    if channel in _BY_VOICE:
        return "reached" if reached else "not_reached"
    return "opened" if reached else "delivered"


def note_contact(
    scene: Scene, *, contact_id: str, customer: int, at: datetime, channel: str, strategy_id: str | None, reached: bool
) -> None:
    """Write a row of the bank's contact record; ``at`` is zone-less bank-local time."""
    scene.records.contacts.add(
        contact_id=contact_id,
        customer_id=scene.ids[customer],
        at=at,
        channel=channel,
        strategy_id=strategy_id,
        outcome=outcome_word(channel, reached=reached),
        outcome_at=at,
    )


def _event_age(scene: Scene, who: Ints) -> Ints:
    """Return the days since the customer's last event; 0 while a term is about to end."""
    state, triggers = scene.state, scene.spec.triggers
    events = (state.inflow_on, state.outflow_on, state.woke_on, state.salary_on, state.fresh_on)
    last = np.maximum.reduce([event[who] for event in events])
    maturing = next_maturity(scene)[who] <= triggers.maturing_days
    return np.where(maturing, 0, np.clip(scene.day - last, 0, -NEVER))


def _pull(scene: Scene, who: Ints, funnel: Funnel, product: Ints) -> None:
    """Keep the pull of interested customers; where a term is about to end it waits, and the term does not renew."""
    state = scene.state
    stronger = funnel.sold >= state.pull[who]
    who, product = who[stronger], product[stronger]
    wait = next_maturity(scene)[who]
    soon = wait <= scene.spec.triggers.maturing_days
    state.pull[who], state.pull_product[who] = funnel.sold, product
    state.pull_from[who] = scene.day + np.where(soon, wait, 0)
    lots = state.positions
    ends = np.isin(lots.customer, who[soon]) & (lots.maturity - scene.day <= scene.spec.triggers.maturing_days)
    lots.renew[ends] = False


def _spoil(scene: Scene, who: Ints) -> None:
    scene.state.pull[who] = -scene.spec.contact.harm
    scene.state.pull_from[who] = scene.day


def _weary(scene: Scene, who: Ints, channel: str, funnel: Funnel) -> None:
    """Add fatigue; some customers opt out, some complain, sleeping dogs four times as often."""
    state = scene.state
    weary = (1.0 + 2.0 * state.fatigue[who]) * np.where(scene.truth.dog[who], 4.0, 1.0)
    leaving = who[scene.uniform("opt_out")[who] < funnel.opt_out * weary]
    angry = who[scene.uniform("complaint/contact")[who] < funnel.complaint * weary]
    state.fatigue[who] += funnel.fatigue
    opt_out(scene, leaving, channel)
    complain(scene, angry, channel, topic="打扰")


def opt_out(scene: Scene, who: Ints, channel: str) -> None:
    """Revoke the consent to marketing: of all channels after a person's call, otherwise of the one channel."""
    everywhere = channel in ("rm", "remote_agent")
    rows = slice(None) if everywhere else channel_index(channel)
    for customer, at in zip(who.tolist(), _evening(scene, who), strict=True):
        scene.state.consent[customer, rows] = False
        scene.records.consents.add(
            customer_id=scene.ids[customer], purpose="marketing", channel="*" if everywhere else channel,
            state="revoked", at=at, evidence="客户要求",
        )  # fmt: skip


def complain(scene: Scene, who: Ints, channel: str, *, topic: str) -> None:
    """Write complaints."""
    for customer, at in zip(who.tolist(), _evening(scene, who), strict=True):
        scene.records.complaints.add(customer_id=scene.ids[customer], at=at, channel=channel, topic=topic)


def _evening(scene: Scene, who: Ints) -> list[datetime]:
    instants: list[datetime] = scene.instants(who, since=1080, until=1260, salt=51).view("datetime64[us]").tolist()
    return instants
