"""Contacts that the platform made through channels other than cards."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from wealthloop.bank.contract import CHANNELS
from wealthloop.errors import InvalidInput
from wealthloop.sandbox.arrays import texts
from wealthloop.sandbox.draws import Ints
from wealthloop.sandbox.orders import benefit_worth, wording
from wealthloop.sandbox.responses import Approach, note_contacts, respond
from wealthloop.sandbox.state import Scene
from wealthloop.sandbox.types import Contact


def contact(scene: Scene, contacts: Sequence[Contact], *, zone: ZoneInfo) -> None:
    """Let contacts happen, channel by channel in the contract's order; a second on a channel changes nothing.

    Raises:
        InvalidInput: a channel or benefit that the world lacks.
    """
    unknown = sorted({one.channel for one in contacts} - set(CHANNELS))
    if unknown:
        raise InvalidInput(f"channel == {unknown[0]}, must be one of {', '.join(CHANNELS)}")
    for channel in CHANNELS:
        first: dict[str, Contact] = {}
        for one in sorted(contacts, key=lambda c: c.contact_id):
            if one.channel == channel:
                first.setdefault(one.customer_id, one)
        if first:
            _one_channel(scene, channel, [first[customer] for customer in sorted(first)], zone)


def _one_channel(scene: Scene, channel: str, contacts: list[Contact], zone: ZoneInfo) -> None:
    size = len(contacts)
    cost = np.array([_cost(scene, one.benefit_id) for one in contacts], dtype=np.int64)
    approach = Approach(
        channel=channel,
        who=scene.indices([one.customer_id for one in contacts]),
        product=np.array([scene.catalogue.index(one.product_id) for one in contacts], dtype=np.int64),
        warmth=wording(scene, [one.variant for one in contacts]) * benefit_worth(scene, cost),
        quality=np.ones(size),
        strategy=texts(tuple(one.strategy_id for one in contacts)),
    )
    response = respond(scene, approach)
    at = _local_micros([one.at for one in contacts], zone)
    number = texts(tuple(one.contact_id for one in contacts))
    note_contacts(scene, approach, number=number, at=at, reached=response.reached)


def _cost(scene: Scene, benefit_id: str | None) -> int:
    """Return what a benefit costs the bank, fen."""
    if benefit_id is None:
        return 0
    for benefit in scene.spec.benefits:
        if benefit.benefit_id == benefit_id:
            return round(benefit.cost_yuan * 100)
    raise InvalidInput(f"benefit_id == {benefit_id}, must be a benefit of the world")


def _local_micros(instants: list[datetime], zone: ZoneInfo) -> Ints:
    local = [instant.astimezone(zone).replace(tzinfo=None) for instant in instants]
    return np.array(local, dtype="datetime64[us]").astype(np.int64)
