"""Previews: in a demonstration home, the cards that would be made, marked not contactable with what is missing."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from wealthloop.delivery.compose import ComposeInput, compose, dumped
from wealthloop.delivery.content import Bilingual, VerdictLine
from wealthloop.kit import Home, write_atomic
from wealthloop.leads.repository import LeadView, open_leads
from wealthloop.loop.around import surroundings
from wealthloop.loop.options import Surroundings
from wealthloop.loop.types import Night
from wealthloop.policies.facts import missing_facts
from wealthloop.policies.screen import screen
from wealthloop.policies.types import Action, Approval
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.load import content_hash, shipped

AT_MOST: Final = 200
"""Previews that are written; the leads of the most assets come first."""


def write_previews(night: Night) -> int:
    """Write the previews of a night and return how many there are."""
    answered = {trigger for document in shipped() for trigger in document.triggers}
    leads = open_leads(night.as_of, triggers=answered)
    around = surroundings(night, (lead.customer_id for lead in leads))
    previews = [
        {"customer_id": lead.customer_id, "content": dumped(compose(_input(night, lead, document, around)))}
        for lead, document in _first(leads, around)
    ]
    text = json.dumps(previews, ensure_ascii=False, sort_keys=True)
    write_atomic(_path(night.home, night.as_of), text.encode())
    return len(previews)


def previews(home: Home, as_of: date) -> list[dict[str, Any]]:
    """Return a night's previews: ``customer_id`` and the card's ``content``; none where none were written."""
    path = _path(home, as_of)
    if not path.exists():
        return []
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _path(home: Home, as_of: date) -> Path:
    return home.root / "previews" / f"{as_of.isoformat()}.json"


def _first(leads: Sequence[LeadView], around: Surroundings) -> list[tuple[LeadView, Strategy]]:
    """Return each lead with the first shipped strategy that answers its trigger, the most assets first."""
    answers = {trigger: document for document in reversed(shipped()) for trigger in document.triggers}
    answered = [
        (lead, answers[lead.trigger])
        for lead in leads
        if lead.trigger in answers and lead.customer_id in around.profiles
    ]
    answered.sort(key=lambda pair: (-(around.profiles[pair[0].customer_id]["aum_average"] or 0), pair[0].lead_id))
    return answered[:AT_MOST]


def _input(night: Night, lead: LeadView, document: Strategy, around: Surroundings) -> ComposeInput:
    profile = around.profiles[lead.customer_id]
    return ComposeInput(
        document=document,
        trigger=lead.trigger,
        evidence=lead.evidence,
        expires_on=lead.expires_on,
        masked_name="",
        tier=profile["tier"],
        lifecycle=profile["lifecycle"],
        life_stage=profile["life_stage"],
        offer=None,
        risk_level=profile["suitability_level"],
        risk_valid_until=profile["valid_until"],
        available_now=profile["available_now"],
        available_7d=profile["available_7d"],
        available_30d=profile["available_30d"],
        overdraft_room=profile["overdraft_room"],
        verdicts=_refusals(night, lead, document, around),
        contactable=False,
        demonstration=True,
        missing=tuple(Bilingual(zh=text.zh, en=text.en) for text in missing_facts(around.facts[lead.customer_id])),
    )


def _refusals(night: Night, lead: LeadView, document: Strategy, around: Surroundings) -> tuple[VerdictLine, ...]:
    """Return the rules that forbid the contact, whatever would be offered."""
    digest = content_hash(document)
    action = Action(
        strategy_id=document.id,
        channel=document.plan_channels[0],
        product=None,
        personalised=True,
        commercial=True,
        not_after=lead.expires_on,
        running=True,
        approval=Approval(author="preview", approved_by="library", content_hash=digest, approved_hash=digest),
        approved_categories=frozenset(document.offer.all_categories),
        gift_on=document.gift_on,
        closing=document.offer.closing,
        uses_credit=False,
    )
    verdict = screen(around.facts[lead.customer_id], action, now=night.begins, pack=around.pack)
    subject = Bilingual(zh="触达", en="contact")
    return tuple(
        VerdictLine(
            allowed=False,
            subject=subject,
            rule_id=hit.rule_id,
            reason=Bilingual(zh=hit.reason.zh, en=hit.reason.en),
        )
        for hit in verdict.blocking
    )
