"""Asks every rule about one contact; all reasons are kept, and one no is enough."""

from datetime import datetime

from wealthloop.policies.pack import RulePack
from wealthloop.policies.types import Action, Facts, RuleHit, Stage, Verdict


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
