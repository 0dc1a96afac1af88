"""How many customers a document is for, and how many of them each condition leaves."""

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from wealthloop import insight
from wealthloop.bank.converted import Mask, compute, true_of
from wealthloop.experiments import assign_many
from wealthloop.leads.repository import LeadView
from wealthloop.loop.options import allowed_products
from wealthloop.loop.types import Night
from wealthloop.rehearsal.types import ArmSize, Sizes
from wealthloop.rehearsal.weigh import Scene
from wealthloop.strategies.life import Running
from wealthloop.strategies.parts import Audience

_HORIZON: Final = {"now": "available_now", "7d": "available_7d", "30d": "available_30d"}


def audience_of(night: Night, strategy: Running) -> frozenset[str]:
    """Return the customers whom a strategy is for, whether or not they have a lead."""
    profiles = insight.load(night.home, night.as_of)
    holds = pa.array(_holds(profiles, strategy.document.audience))
    return frozenset(str(customer) for customer in profiles["customer_id"].filter(holds).to_pylist())


def _holds(profiles: pa.Table, audience: Audience) -> Mask:
    holds = true_of(compute.is_in(profiles["tier"], value_set=pa.array(audience.tiers)))
    holds &= true_of(compute.is_in(profiles["lifecycle"], value_set=pa.array(audience.lifecycles)))
    if audience.min_available:
        holds &= true_of(compute.greater_equal(profiles[_HORIZON[audience.horizon]], audience.min_available))
    return holds


def sizes(scene: Scene, mine: Running, leads: Sequence[LeadView], audience: frozenset[str]) -> Sizes:
    """Count a document's customers, condition after condition.

    Args:
        scene: the night, with what the leads' customers are judged with.
        mine: the document as if it ran.
        leads: what stands tonight, of any trigger.
        audience: whom it is for.
    """
    ours = [lead for lead in leads if lead.customer_id in audience and lead.trigger in mine.document.triggers]
    with_lead = {lead.customer_id for lead in ours}
    by_channel = {channel: _allowed(scene, mine, ours, channel) for channel in mine.document.plan_channels}
    allowed = frozenset[str]().union(*by_channel.values())
    return Sizes(
        customers=insight.load(scene.night.home, scene.night.as_of).num_rows,
        audience=len(audience),
        with_lead=len(with_lead),
        allowed=len(allowed),
        by_channel={channel: len(customers) for channel, customers in by_channel.items()},
        arms=_arms(scene, mine, audience, with_lead, allowed),
    )


def _allowed(scene: Scene, mine: Running, leads: Sequence[LeadView], channel: str) -> frozenset[str]:
    """Return the customers with a lead for whom the rules let some product be offered through a channel."""
    around = scene.around
    return frozenset(
        lead.customer_id
        for lead in leads
        if (channel != "rm" or around.profiles[lead.customer_id]["staff_id"] is not None)
        and next(allowed_products(lead, mine, channel, around), None) is not None
    )


def _arms(
    scene: Scene, mine: Running, audience: Collection[str], with_lead: Collection[str], allowed: Collection[str]
) -> tuple[ArmSize, ...]:
    counted = [_by_arm(scene, mine, customers) for customers in (audience, with_lead, allowed)]
    return tuple(
        ArmSize(
            arm=arm.name, share=arm.share, control=arm.control,
            audience=counted[0][place], with_lead=counted[1][place], allowed=counted[2][place],
        )
        for place, arm in enumerate(mine.arms)
    )  # fmt: skip


def _by_arm(scene: Scene, mine: Running, customers: Collection[str]) -> list[int]:
    drawn = assign_many(scene.night.home.settings.salt, mine.experiment, sorted(customers), mine.arms)
    return [int(n) for n in np.bincount(drawn, minlength=len(mine.arms))]
