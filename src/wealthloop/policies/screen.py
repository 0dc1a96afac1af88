"""Asks every rule about one contact; all reasons are kept, and one no is enough."""

from collections.abc import Mapping
from datetime import datetime
from operator import itemgetter
from typing import Final, TypeAlias

from wealthloop.policies.pack import Part, RulePack
from wealthloop.policies.types import Action, Facts, ProductFacts, RuleHit, Stage, Verdict

_Hits: TypeAlias = list[tuple[int, RuleHit]]
"""Hits with their places in the pack."""
_Question: TypeAlias = tuple[str, str, bool, bool, ProductFacts | None, frozenset[Part]]
"""Customer, channel, with an offer, personal, product, and the parts that the rules asked look at."""

_QUICKEST_FIRST: Final[tuple[frozenset[Part], ...]] = (
    frozenset(),
    frozenset({"product"}),
    frozenset({"contact"}),
    frozenset({"product", "contact"}),
)
"""The order in which rules are asked by what they look at: answers that are known already come first."""


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

    Which questions are equal says ``pack.LOOKS_AT``: a rule that looks at neither the product nor the contact is
    asked once for a customer and a channel, one that looks at the product once for each product beside.
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
        self._rules = {part: [one for one in planned if one[1].looks_at == part] for part in _QUICKEST_FIRST}
        self._answers: dict[_Question, _Hits | None] = {}

    def permitted(self, customer_id: str, action: Action) -> Verdict | None:
        """Return the verdict of ``screen`` where it allows the contact, else None."""
        hits: _Hits = []
        for parts in _QUICKEST_FIRST:
            found = (
                self._ask(customer_id, action, parts) if "contact" in parts else self._once(customer_id, action, parts)
            )
            if found is None:
                return None
            hits += found
        hits.sort(key=itemgetter(0))
        return Verdict(allowed=True, hits=tuple(hit for _, hit in hits)) if hits else None

    def _once(self, customer_id: str, action: Action, parts: frozenset[Part]) -> _Hits | None:
        """Return the hits of the rules that look at these parts, from an equal question where one was asked."""
        product = action.product if "product" in parts else None
        question = (customer_id, action.channel, action.carries_offer, action.personalised, product, parts)
        if question not in self._answers:
            self._answers[question] = self._ask(customer_id, action, parts)
        return self._answers[question]

    def _ask(self, customer_id: str, action: Action, parts: frozenset[Part]) -> _Hits | None:
        """Ask the rules that look at these parts until one says no; None where one does."""
        facts, hits = self._facts[customer_id], []
        for place, rule in self._rules[parts]:
            found = rule.ask(facts, action, self._now, rule.parameters)
            if not found.allowed:
                return None
            hits.append((place, RuleHit(rule_id=rule.rule_id, allowed=True, reason=found.reason, facts=found.facts)))
        return hits
