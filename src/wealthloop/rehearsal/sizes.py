"""How many customers a document is for, and how many of them each condition leaves."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import numpy as np

from wealthloop import insight
from wealthloop.experiments import Clusters, assign_many, clusters_of
from wealthloop.leads.repository import LeadView
from wealthloop.loop.audience import answers, audiences_of
from wealthloop.loop.enrol import drawing
from wealthloop.loop.options import allowed_products
from wealthloop.loop.types import Night
from wealthloop.rehearsal.types import ArmSize, Sizes
from wealthloop.rehearsal.weigh import Scene
from wealthloop.strategies.life import Running


def audience_of(night: Night, strategy: Running) -> frozenset[str]:
    """Return the customers whom a strategy is for, whether or not they have a lead."""
    return audiences_of(night, insight.load(night.home, night.as_of)).of(strategy.document.audience)


def sizes(scene: Scene, mine: Running, leads: Sequence[LeadView], audience: frozenset[str]) -> Sizes:
    """Count a document's customers, condition after condition.

    Args:
        scene: the night, with what the leads' customers are judged with.
        mine: the document as if it ran.
        leads: what stands tonight, of any trigger.
        audience: whom it is for.
    """
    ours = [lead for lead in leads if lead.customer_id in audience and answers(mine, lead)]
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


def clusters_among(scene: Scene, mine: Running, audience: Collection[str], every: Clusters | None) -> Clusters | None:
    """Return the clusters of an audience that draw a document's arms, as alike within as those of all customers.

    None where customers draw their own arms.
    """
    if every is None:
        return None
    ours = clusters_of(_units(audience, _drawn_by(scene, mine)), rho=None)
    return replace(ours, rho=every.rho, estimated=every.estimated)


def _arms(
    scene: Scene, mine: Running, audience: Collection[str], with_lead: Collection[str], allowed: Collection[str]
) -> tuple[ArmSize, ...]:
    drawn_by = _drawn_by(scene, mine)
    counted = [_by_arm(scene, mine, _units(some, drawn_by)) for some in (audience, with_lead, allowed)]
    drawing_ones = _by_arm(scene, mine, sorted(set(_units(audience, drawn_by))))
    clustered = mine.document.unit != "customer"
    return tuple(
        ArmSize(
            arm=arm.name, share=arm.share, control=arm.control,
            audience=counted[0][place], with_lead=counted[1][place], allowed=counted[2][place],
            clusters=drawing_ones[place] if clustered else None,
        )
        for place, arm in enumerate(mine.arms)
    )  # fmt: skip


def _drawn_by(scene: Scene, mine: Running) -> Callable[[str], str | None]:
    """Return what says by which unit a customer's arm is drawn."""
    if mine.document.unit == "customer":
        return lambda customer: customer
    rows = insight.load(scene.night.home, scene.night.as_of).select(["customer_id", "staff_id", "branch_id"])
    units = drawing(scene.night, (mine,), {str(row["customer_id"]): row for row in rows.to_pylist()})
    return lambda customer: units.unit_of(mine, customer)


def _units(customers: Collection[str], drawn_by: Callable[[str], str | None]) -> list[str]:
    """Return what draws the arm of each customer; whoever is in no unit is left out."""
    return [unit for unit in map(drawn_by, sorted(customers)) if unit is not None]


def _by_arm(scene: Scene, mine: Running, units: Sequence[str]) -> list[int]:
    """Count how many of these units draw each arm."""
    drawn = assign_many(scene.night.home.settings.salt, mine.experiment, units, mine.arms)
    return [int(n) for n in np.bincount(drawn, minlength=len(mine.arms))]
