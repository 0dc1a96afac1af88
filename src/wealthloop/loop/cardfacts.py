"""What stands on a card, gathered from profile, lead, decision, rules, models and the bank's tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from wealthloop import features, scoring
from wealthloop.access.masking import mask_name
from wealthloop.delivery.compose import ComposeInput
from wealthloop.delivery.content import Benefit, Bilingual, Estimate, Offer, Sourced, VerdictLine
from wealthloop.leads.repository import LeadView
from wealthloop.loop.around import benefits, surroundings
from wealthloop.loop.options import Surroundings, preferred
from wealthloop.loop.types import Night
from wealthloop.policies.screen import screen
from wealthloop.policies.suitability import higher_rating
from wealthloop.policies.types import ProductFacts, RuleHit, Verdict
from wealthloop.strategies.actions import planned_action
from wealthloop.strategies.life import Running

MATCH: Final = "SU-02"
"""The rule by which a product's rating meets the customer's level."""
_REASONS: Final = 2
_ALTERNATIVES: Final = 2
_REFUSED: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """What the cards of a night are written from, loaded once."""

    around: Surroundings
    names: Mapping[str, str]
    """Masked, by customer."""
    product_names: Mapping[str, str]
    benefits: Mapping[str, Mapping[str, Any]]
    reasons: Mapping[tuple[str, str], tuple[scoring.Reason, ...]]
    """By model and customer."""


def card_facts(night: Night, customers: Sequence[str], strategies: Sequence[Running]) -> CardFacts:
    """Load what the cards of some customers need."""
    known = features.load(night.home, night.as_of)
    rows = known.filter(pc.is_in(known["customer_id"], value_set=pa.array(sorted(set(customers)), pa.string())))
    trained = {record.model_id for record in scoring.records(night.home) if record.has_scores}
    models = sorted({one.document.model_id for one in strategies} & trained)
    return CardFacts(
        around=surroundings(night, customers),
        names=_masked_names(night, customers),
        product_names=_product_names(night),
        benefits=benefits(night),
        reasons={
            (model, customer): found
            for model in models
            for customer, found in scoring.reasons_for(night.home, model, rows, top=_REASONS).items()
        },
    )


def card_input(
    night: Night, row: Mapping[str, Any], lead: LeadView, strategy: Running, known: CardFacts
) -> ComposeInput:
    """Gather one card.

    Args:
        night: the night.
        row: a ledger row with ``customer_id``.
        lead: the row's lead.
        strategy: the row's strategy.
        known: what ``card_facts`` loaded for the customer.
    """
    customer = row["customer_id"]
    profile = known.around.profiles[customer]
    products = {product.product_id: product for product in known.around.products}
    chosen = products[row["product_id"]]
    allowed, refused = _shelf(night, row["channel"], lead, strategy, known)
    reasons = known.reasons.get((strategy.document.model_id, customer), ()) if row["model_version"] else ()
    return ComposeInput(
        document=strategy.document,
        trigger=lead.trigger,
        evidence=lead.evidence,
        expires_on=lead.expires_on,
        masked_name=known.names.get(customer, ""),
        tier=profile["tier"],
        lifecycle=profile["lifecycle"],
        life_stage=profile["life_stage"],
        offer=_offer(chosen, known),
        risk_level=profile["suitability_level"],
        risk_valid_until=profile["valid_until"],
        reasons=tuple(
            Sourced(text=Bilingual(zh=one.zh, en=one.en), source=f"model:{strategy.document.model_id}/{one.feature}")
            for one in reasons
        ),
        alternatives=tuple(_offer(one, known) for one in allowed if one is not chosen)[:_ALTERNATIVES],
        value=_estimate(row),
        p_contact=row["p_contact"],
        p_no_contact=row["p_no_contact"],
        available_now=profile["available_now"],
        available_7d=profile["available_7d"],
        available_30d=profile["available_30d"],
        overdraft_room=profile["overdraft_room"],
        verdicts=tuple(
            [_allowed_line(night, chosen, row["channel"], lead, strategy, known)]
            + [_line(known.product_names[product.product_id], hit) for product, hit in refused]
        ),
        benefit=_benefit(strategy, known),
    )


def _shelf(
    night: Night, channel: str, lead: LeadView, strategy: Running, known: CardFacts
) -> tuple[list[ProductFacts], list[tuple[ProductFacts, RuleHit]]]:
    """Return the offer's products that the rules allow, and products that suitability refuses, the nearest first."""
    facts, profile = known.around.facts[lead.customer_id], known.around.profiles[lead.customer_id]

    def verdict_on(product: ProductFacts) -> Verdict:
        action = planned_action(strategy, channel=channel, product=product, not_after=lead.expires_on)
        return screen(facts, action, now=night.begins, pack=known.around.pack)

    allowed = [one for one in preferred(strategy, profile, known.around) if verdict_on(one).allowed]
    by_rating = sorted(known.around.products, key=lambda one: (higher_rating(one) or 0, one.product_id))
    refused: list[tuple[ProductFacts, RuleHit]] = []
    for product in by_rating:
        if len(refused) == _REFUSED:
            break
        hits = [hit for hit in verdict_on(product).blocking if hit.rule_id == MATCH]
        if hits and product.category not in {other.category for other, _ in refused}:
            refused.append((product, hits[0]))
    return allowed, refused


def _allowed_line(
    night: Night, product: ProductFacts, channel: str, lead: LeadView, strategy: Running, known: CardFacts
) -> VerdictLine:
    action = planned_action(strategy, channel=channel, product=product, not_after=lead.expires_on)
    verdict = screen(known.around.facts[lead.customer_id], action, now=night.begins, pack=known.around.pack)
    match = next(hit for hit in verdict.hits if hit.rule_id == MATCH)
    return _line(known.product_names[product.product_id], match)


def _line(product_name: str, hit: RuleHit) -> VerdictLine:
    return VerdictLine(
        allowed=hit.allowed,
        subject=Bilingual(zh=product_name, en=product_name),
        rule_id=hit.rule_id,
        reason=Bilingual(zh=hit.reason.zh, en=hit.reason.en),
    )


def _offer(product: ProductFacts, known: CardFacts) -> Offer:
    rating = higher_rating(product)
    return Offer(
        product_id=product.product_id,
        name=known.product_names[product.product_id],
        category=product.category,
        rating=f"R{rating}" if rating else None,
    )


def _estimate(row: Mapping[str, Any]) -> Estimate:
    """Return the net value with the interval that the effect's interval gives it."""
    return Estimate(
        mean=row["value"],
        low=round(row["uplift_low"] * row["sale_value"]) - row["cost"],
        high=round(row["uplift_high"] * row["sale_value"]) - row["cost"],
    )


def _benefit(strategy: Running, known: CardFacts) -> Benefit | None:
    row = known.benefits.get(strategy.document.offer.benefit_id or "")
    if row is None or row["unit_cost"] is None:
        return None
    return Benefit(name=row["name"], unit_cost=row["unit_cost"], stock=row["stock"])


def _masked_names(night: Night, customers: Sequence[str]) -> dict[str, str]:
    people = night.bank.scan("customers", as_of=night.as_of).select("customer_id", "name")
    wanted = night.engine.from_arrow(pa.table({"customer_id": pa.array(sorted(set(customers)), pa.string())}))
    rows = night.engine.to_arrow(people.semi_join(wanted, "customer_id"), name="names").to_pylist()
    cipher = night.home.cipher
    return {row["customer_id"]: mask_name(cipher.decrypt(row["name"])) for row in rows if row["name"] is not None}


def _product_names(night: Night) -> dict[str, str]:
    products = night.bank.scan("products", as_of=night.as_of).select("product_id", "name")
    return {row["product_id"]: row["name"] for row in night.engine.to_arrow(products, name="names").to_pylist()}
