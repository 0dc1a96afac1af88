"""Which contacts a standing experiment withholds when they are planned or claimed, whatever the strategy's own arm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wealthloop.strategies.designs import StandingDesign


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """A contact as far as standing experiments go."""

    strategy_id: str
    customer_id: str
    channel: str
    staff_id: str | None
    tier: str | None
    branch_id: str | None

    @classmethod
    def of(cls, contact: Any, profile: Mapping[str, Any]) -> "Reach":  # noqa: ANN401 - an intent or a possible contact
        """Return the reach of an intent or a possible contact with a customer of this profile."""
        return cls(
            strategy_id=contact.strategy_id,
            customer_id=contact.customer_id,
            channel=contact.channel,
            staff_id=contact.staff_id or None,
            tier=profile.get("tier"),
            branch_id=profile.get("branch_id"),
        )


def held_by(reach: Reach, designs: Sequence[StandingDesign], *, salt: str) -> str | None:
    """Return the id of the design that withholds a contact, the first of several; None: none does.

    Args:
        reach: the contact.
        designs: those that contacts of its day obey.
        salt: the home's secret.
    """
    for one in designs:
        unit = _unit(one, reach)
        if unit is not None and one.concerns(reach.strategy_id, reach.tier):
            arm = one.arm_of(salt, unit)
            if arm is not None and arm.control:
                return one.design_id
    return None


def _unit(design: StandingDesign, reach: Reach) -> str | None:
    """Return what draws the arm for a contact; None where the design says nothing of such contacts."""
    if not design.withholds:
        return None
    if design.unit == "customer":
        return reach.customer_id
    if reach.channel != "rm":
        return None
    return reach.staff_id if design.unit == "rm" else reach.branch_id
