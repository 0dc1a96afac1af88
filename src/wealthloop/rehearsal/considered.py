"""What a night looks at and what the rules make of it: each lead, strategy and channel with who forbids what."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wealthloop.leads.repository import LeadView
from wealthloop.loop.options import Possible, Surroundings, answered, preferred
from wealthloop.loop.types import Night
from wealthloop.policies.refusals import Refusals
from wealthloop.policies.types import ProductFacts, Verdict
from wealthloop.strategies.actions import planned_action
from wealthloop.strategies.life import Running

_UNSAID = Verdict(allowed=True, hits=())
"""Of a contact that is only weighed: nobody reads its hits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """One lead, one strategy, one channel of its plan."""

    lead: LeadView
    strategy: Running
    channel: str
    wait_days: int
    """Days after the channel before it, or after the lead."""
    allowed: Possible | None
    """With the most preferred product that every rule allows; None: no rule-abiding product, or nobody to call."""
    refused: tuple[tuple[Possible, tuple[str, ...]], ...] = field(default=())
    """What is preferred to it, with the ids of the rules that forbid it."""

    def without(self, rule_id: str) -> Possible | None:
        """Return the most preferred contact that would be allowed without a rule."""
        alone = (one for one, rules in self.refused if rules == (rule_id,))
        return next(alone, self.allowed)


def considered(
    night: Night, leads: Sequence[LeadView], strategies: Sequence[Running], around: Surroundings
) -> Iterator[tuple[Considered, ...]]:
    """Yield the channels of each lead and strategy, in the order of its plan."""
    refusals = Refusals(around.facts, now=night.begins, pack=around.pack)
    for lead, strategy in answered(night, leads, strategies, around):
        profile = around.profiles[lead.customer_id]
        yield tuple(
            _considered(lead, strategy, step.channel, step.wait_days, profile, around, refusals)
            for step in strategy.document.channels
        )


def due(channels: Sequence[Considered], age: int, rule_id: str = "") -> Iterator[Possible]:
    """Yield the contacts whose turn has come, as a night takes turns; ``rule_id`` names a rule that is not asked."""
    opens: int | None = None
    for one in channels:
        found = one.without(rule_id)
        if found is not None:
            opens = channels[0].wait_days if opens is None else opens + one.wait_days
            if age >= opens:
                yield found


def _considered(
    lead: LeadView,
    strategy: Running,
    channel: str,
    wait_days: int,
    profile: Mapping[str, Any],
    around: Surroundings,
    refusals: Refusals,
) -> Considered:
    staff_id = profile["staff_id"] if channel == "rm" else None
    contact = planned_action(strategy, channel=channel, product=None, not_after=lead.expires_on)
    refused: list[tuple[Possible, tuple[str, ...]]] = []
    allowed: Possible | None = None
    for product in _offers(strategy, profile, around) if channel != "rm" or staff_id is not None else ():
        possible = Possible(
            lead=lead, strategy=strategy, channel=channel, product=product, verdict=_UNSAID, staff_id=staff_id,
            takes=around.takes(lead, strategy),
        )  # fmt: skip
        rules = refusals.of(lead.customer_id, contact, product)
        if not rules:
            allowed = possible
            break
        refused.append((possible, rules))
    return Considered(
        lead=lead, strategy=strategy, channel=channel, wait_days=wait_days, allowed=allowed, refused=tuple(refused)
    )


def _offers(strategy: Running, profile: Mapping[str, Any], around: Surroundings) -> Sequence[ProductFacts | None]:
    """Return what a contact may offer, the most preferred first; None where it sells nothing."""
    return preferred(strategy, profile, around) if strategy.document.offer.all_categories else (None,)
