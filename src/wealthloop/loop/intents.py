"""From released decisions to outbox intents: the card or message, and the consent and approval that it leaves under."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from wealthloop.access.keys import customers_of
from wealthloop.delivery.compose import compose, compose_message, dumped
from wealthloop.delivery.models import Intent
from wealthloop.delivery.types import NewIntent, hash_of
from wealthloop.kit import day_end
from wealthloop.leads.repository import LeadView, by_ids
from wealthloop.ledger import Disposition
from wealthloop.loop.cardfacts import CardFacts, card_facts, card_input
from wealthloop.loop.types import Night
from wealthloop.policies.types import Facts
from wealthloop.strategies.life import Running, running


def intents_of(night: Night, decisions: pa.Table) -> list[NewIntent]:
    """Return an intent for every released decision of the night; none once they stand in the outbox.

    Intents are staged all in one transaction, so that one of them standing means that all do.
    """
    if Intent.objects.filter(run_id=night.run_id).exists():
        return []
    released = decisions.filter(pc.field("disposition") == Disposition.RELEASED.value).to_pylist()
    customers = customers_of(row["person_key"] for row in released)
    rows = [{**row, "customer_id": customers[row["person_key"]]} for row in released]
    leads = by_ids([row["lead_id"] for row in rows])
    strategies = {one.strategy_id: one for one in running(night.as_of)}
    known = card_facts(night, [row["customer_id"] for row in rows], list(strategies.values()))
    return [_intent(night, row, leads[row["lead_id"]], strategies[row["strategy_id"]], known) for row in rows]


def _intent(night: Night, row: Mapping[str, Any], lead: LeadView, strategy: Running, known: CardFacts) -> NewIntent:
    content = _content(night, row, lead, strategy, known)
    return NewIntent(
        intent_id=row["decision_id"],
        run_id=night.run_id,
        strategy_id=strategy.strategy_id,
        strategy_version=strategy.version,
        customer_id=row["customer_id"],
        channel=row["channel"],
        step=f"{lead.lead_id}/{strategy.document.plan_channels.index(row['channel'])}",
        lead_id=lead.lead_id,
        content=content,
        content_hash=hash_of(content),
        approval_hash=strategy.approval.approved_hash,
        consent_snapshot=consent_snapshot(known.around.facts[row["customer_id"]]),
        not_before=night.begins,
        not_after=day_end(lead.expires_on, night.home.zone),
        staff_id=row["staff_id"] or "",
        product_id=row["product_id"] or "",
    )


def _content(
    night: Night, row: Mapping[str, Any], lead: LeadView, strategy: Running, known: CardFacts
) -> dict[str, Any]:
    given = card_input(night, row, lead, strategy, known)
    if row["channel"] == "rm":
        return dumped(compose(given))
    return dumped(compose_message(given, channel=row["channel"], sender=night.home.settings.bank_name))


def consent_snapshot(facts: Facts) -> dict[str, Any]:
    """Return the consents on which a contact was planned, as JSON, the newest first."""
    consents = sorted(facts.consents or (), key=lambda one: (one.at, one.purpose, one.channel), reverse=True)
    return {
        "consents": [
            {"purpose": one.purpose, "channel": one.channel, "granted": one.granted, "at": one.at.isoformat()}
            for one in consents
        ]
    }
