"""Asks every rule about one contact; all reasons are kept, and one no is enough."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from operator import itemgetter
from typing import Final, TypeAlias

from wealthloop.policies.checks import Part
from wealthloop.policies.pack import Rule, RulePack
from wealthloop.policies.types import Action, Facts, ProductFacts, RuleHit, Stage, Verdict

_Hits: TypeAlias = list[tuple[int, RuleHit]]
"""Hits with their places in the pack."""
_Rules: TypeAlias = list[tuple[int, Rule]]
"""Rules with their places in the pack."""
_Question: TypeAlias = tuple[frozenset[Part], str, bool, bool, str | None, ProductFacts | None]
"""The parts that the rules asked look at; customer, with an offer, personal; channel and product if they look at it."""

ASKED_ONCE: Final[tuple[frozenset[Part], ...]] = (
    frozenset({"channel"}),
    frozenset(),
    frozenset({"product"}),
    frozenset({"product", "channel"}),
)
"""What the rules look at whose answers are kept, in the order in which they are asked: consent first."""


def screen(facts: Facts, action: Action, *, now: datetime, pack: RulePack, stage: Stage = "plan") -> Verdict:
    """Ask the rules of a stage.

    Args:
        facts: what is known of the customer.
        action: the contact.
        now: when the contact would leave, with a zone (at plan time: the planned sending instant).
        pack: the rules.
        stage: ``plan`` leaves out what only exists when an intent is claimed (words, hours, the global stop).

    Returns:
        The verdict with one hit a rule, in the pack's order.
    """
    hits = []
    for rule in pack.rules:
        if stage in rule.stages:
            found = rule.ask(facts, action, now, rule.parameters)
            hits.append(RuleHit(rule_id=rule.rule_id, allowed=found.allowed, reason=found.reason, facts=found.facts))
    return Verdict(allowed=bool(hits) and all(hit.allowed for hit in hits), hits=tuple(hits))


class Screening:
    """Finds the contacts of one instant that the rules of planning allow; equal questions are asked once.

    Which questions are equal says ``pack.LOOKS_AT``: a rule that looks at the channel only is asked once for a
    customer and a channel, one that looks at the product only once for a customer and a product.
    """

    def __init__(self, facts: Mapping[str, Facts], *, now: datetime, pack: RulePack) -> None:
        """Stand at an instant.

        Args:
            facts: what is known, by customer; must not change while this stands.
            now: when the contacts would leave, with a zone.
            pack: the rules.
        """
        self._facts, self._now = facts, now
        planned = [(place, rule) for place, rule in enumerate(pack.rules) if "plan" in rule.stages]
        self._kept = {parts: [one for one in planned if one[1].looks_at == parts] for parts in ASKED_ONCE}
        self._asked_anew = [one for one in planned if one[1].looks_at not in ASKED_ONCE]
        self._answers: dict[_Question, _Hits | None] = {}

    def is_closed(self, customer_id: str, contact: Action) -> bool:
        """Say whether rules that look at no product forbid a contact; no product that is added helps then."""
        bare = (parts for parts in ASKED_ONCE if "product" not in parts)
        return any(self._once(customer_id, contact, None, parts) is None for parts in bare)

    def permitted(self, customer_id: str, contact: Action, product: ProductFacts | None) -> Verdict | None:
        """Return the verdict of ``screen`` where it allows the contact with a product, else None.

        Args:
            customer_id: whom it is for.
            contact: the contact without its product: most products of a contact are refused by answers that stand.
            product: what is offered, None for nothing.
        """
        hits: _Hits = []
        for parts in ASKED_ONCE:
            known = self._once(customer_id, contact, product, parts)
            if known is None:
                return None
            hits += known
        found = self._ask(customer_id, _offering(contact, product), self._asked_anew)
        if found is None:
            return None
        in_order = sorted(hits + found, key=itemgetter(0))
        return Verdict(allowed=True, hits=tuple(hit for _, hit in in_order))

    def _once(
        self, customer_id: str, contact: Action, product: ProductFacts | None, parts: frozenset[Part]
    ) -> _Hits | None:
        """Return the hits of the rules that look at these parts, from an equal question where one was asked."""
        offer = contact.carries_offer or product is not None
        channel = contact.channel if "channel" in parts else None
        shown = product if "product" in parts else None
        question = (parts, customer_id, offer, contact.personalised, channel, shown)
        if question not in self._answers:
            self._answers[question] = self._ask(customer_id, _offering(contact, product), self._kept[parts])
        return self._answers[question]

    def _ask(self, customer_id: str, action: Action, rules: _Rules) -> _Hits | None:
        """Ask some rules until one says no; None where one does, and that one is asked first from then on."""
        facts, hits = self._facts[customer_id], []
        for turn, (place, rule) in enumerate(rules):
            found = rule.ask(facts, action, self._now, rule.parameters)
            if not found.allowed:
                rules.insert(0, rules.pop(turn))
                return None
            hits.append((place, RuleHit(rule_id=rule.rule_id, allowed=True, reason=found.reason, facts=found.facts)))
        return hits


def _offering(contact: Action, product: ProductFacts | None) -> Action:
    return contact if contact.product is product else replace(contact, product=product)
