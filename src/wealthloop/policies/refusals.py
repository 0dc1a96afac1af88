"""Every rule that forbids a contact of one instant, where ``Screening`` wants to know only whether one does."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from wealthloop.policies.checks import Part
from wealthloop.policies.pack import Rule, RulePack
from wealthloop.policies.screen import ASKED_ONCE
from wealthloop.policies.types import Action, Facts, ProductFacts

_Question: TypeAlias = tuple[frozenset[Part], str, bool, bool, str | None, ProductFacts | None]


class Refusals:
    """Finds all rules of planning that forbid contacts; equal questions are asked once, as ``Screening`` does."""

    def __init__(self, facts: Mapping[str, Facts], *, now: datetime, pack: RulePack) -> None:
        """Stand at an instant.

        Args:
            facts: what is known, by customer; must not change while this stands.
            now: when the contacts would leave, with a zone.
            pack: the rules.
        """
        self._facts, self._now, self._pack = facts, now, pack
        planned = [rule for rule in pack.rules if "plan" in rule.stages]
        self._kept = {parts: [rule for rule in planned if rule.looks_at == parts] for parts in ASKED_ONCE}
        self._anew = [rule for rule in planned if rule.looks_at not in ASKED_ONCE]
        self._answers: dict[_Question, frozenset[str]] = {}

    def of(self, customer_id: str, contact: Action, product: ProductFacts | None) -> tuple[str, ...]:
        """Return the ids of the rules that forbid a contact with a product, in the pack's order.

        Args:
            customer_id: whom it is for.
            contact: the contact without its product.
            product: what is offered, None for nothing.
        """
        action = replace(contact, product=product)
        found: set[str] = set()
        for parts in ASKED_ONCE:
            found |= self._once(customer_id, action, parts)
        found |= self._forbid(customer_id, action, self._anew)
        return tuple(rule.rule_id for rule in self._pack.rules if rule.rule_id in found)

    def _once(self, customer_id: str, action: Action, parts: frozenset[Part]) -> frozenset[str]:
        channel = action.channel if "channel" in parts else None
        product = action.product if "product" in parts else None
        question = (parts, customer_id, action.carries_offer, action.personalised, channel, product)
        if question not in self._answers:
            self._answers[question] = self._forbid(customer_id, action, self._kept[parts])
        return self._answers[question]

    def _forbid(self, customer_id: str, action: Action, rules: list[Rule]) -> frozenset[str]:
        facts = self._facts[customer_id]
        return frozenset(
            rule.rule_id for rule in rules if not rule.ask(facts, action, self._now, rule.parameters).allowed
        )
