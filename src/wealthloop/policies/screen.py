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


def permitted(facts: Facts, action: Action, *, now: datetime, pack: RulePack, stage: Stage = "plan") -> Verdict | None:
    """Ask the rules of a stage until one says no; for whoever asks often and needs no reasons of a refusal.

    Args:
        facts: what is known of the customer.
        action: the contact.
        now: when the contact would leave, with a zone.
        pack: the rules.
        stage: as in ``screen``.

    Returns:
        The verdict of ``screen`` where it allows the contact, else None.
    """
    hits = []
    for rule in pack.rules:
        if stage in rule.stages:
            found = rule.ask(facts, action, now, rule.parameters)
            if not found.allowed:
                return None
            hits.append(RuleHit(rule_id=rule.rule_id, allowed=True, reason=found.reason, facts=found.facts))
    return Verdict(allowed=True, hits=tuple(hits)) if hits else None
