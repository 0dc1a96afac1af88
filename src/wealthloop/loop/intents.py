"""From released decisions to outbox intents: the card or message, and the consent and approval that it leaves under."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from wealthloop import insight
from wealthloop.delivery.compose import compose, compose_message, dumped
from wealthloop.delivery.models import Intent
from wealthloop.delivery.types import NewIntent, hash_of
from wealthloop.kit import day_end
from wealthloop.leads.repository import by_ids
from wealthloop.ledger import Disposition
from wealthloop.loop.capacity import load_capacity
from wealthloop.loop.cardfacts import CardFacts, Decision, card_facts, card_input, message_input
from wealthloop.loop.hours import Message, begins_of, open_hours
from wealthloop.loop.types import Night
from wealthloop.policies.types import Facts
from wealthloop.strategies.life import launched


def intents_of(night: Night, decisions: pa.Table) -> list[NewIntent]:
    """Return an intent for every released decision of the night; none once they stand in the outbox.

    Intents are staged all in one transaction, so that one of them standing means that all do.
    """
    if Intent.objects.filter(run_id=night.run_id).exists():
        return []
    made = _decisions(decisions.filter(pc.field("disposition") == Disposition.RELEASED.value).to_pylist())
    known = card_facts(night, made)
    begins = _begins(night, made)
    return [intent_of(night, one, known, begins=begins.get(one.row["decision_id"])) for one in made]


def _begins(night: Night, decisions: Sequence[Decision]) -> dict[str, datetime]:
    """Return by decision the instant of its hour, for messages of channels with a volume by hour."""
    hours = open_hours(load_capacity(night.home).hours, night)
    messages = [
        Message(
            name=one.row["decision_id"], customer_id=one.customer_id, channel=one.channel, value=one.row["value"] or 0
        )
        for one in decisions
        if one.channel in hours
    ]
    return begins_of(messages, hours, insight.best_hours(night.home, night.as_of)) if messages else {}


def _decisions(rows: list[dict[str, Any]]) -> list[Decision]:
    """Return decisions with the very versions that they were made under, whatever has become of these since."""
    found = by_ids([row["lead_id"] for row in rows])
    under = {(row["strategy_id"], row["strategy_version"]) for row in rows}
    versions = {which: launched(*which) for which in under}
    return [
        Decision(
            row=row,
            lead=found[row["lead_id"]],
            strategy=versions[row["strategy_id"], row["strategy_version"]],
        )
        for row in rows
    ]


def intent_of(night: Night, one: Decision, known: CardFacts, *, begins: datetime | None = None) -> NewIntent:
    """Return what leaves for a released decision of the run whose id the night carries, from an instant on.

    Without one it may leave from the night's beginning on.
    """
    content = _content(night, one, known)
    row, document = one.row, one.strategy.document
    return NewIntent(
        intent_id=row["decision_id"],
        run_id=night.run_id,
        strategy_id=one.strategy.strategy_id,
        strategy_version=one.strategy.version,
        customer_id=one.customer_id,
        channel=one.channel,
        step=f"{one.lead.lead_id}/{document.plan_channels.index(one.channel)}",
        lead_id=one.lead.lead_id,
        content=content,
        content_hash=hash_of(content),
        approval_hash=one.strategy.approval.approved_hash,
        consent_snapshot=consent_snapshot(known.around.facts[one.customer_id]),
        not_before=night.begins if begins is None else begins,
        not_after=day_end(one.lead.expires_on, night.home.zone),
        staff_id=row["staff_id"] or "",
        product_id=row["product_id"] or "",
    )


def _content(night: Night, one: Decision, known: CardFacts) -> dict[str, Any]:
    if one.channel == "rm":
        return dumped(compose(card_input(night, one, known)))
    return dumped(compose_message(message_input(one, known), channel=one.channel, sender=night.home.settings.bank_name))


def consent_snapshot(facts: Facts) -> dict[str, Any]:
    """Return the consents on which a contact was planned, as JSON, the newest first."""
    consents = sorted(facts.consents or (), key=lambda one: (one.at, one.purpose, one.channel), reverse=True)
    return {
        "consents": [
            {"purpose": one.purpose, "channel": one.channel, "granted": one.granted, "at": one.at.isoformat()}
            for one in consents
        ]
    }
