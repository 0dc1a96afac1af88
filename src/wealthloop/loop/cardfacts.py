"""What stands on a card or in a message, gathered from profile, lead, decision, rules, models and the bank's tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from itertools import islice
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from wealthloop import features, scoring
from wealthloop.access.masking import mask_name
from wealthloop.delivery.compose import ComposeInput
from wealthloop.delivery.content import Activity, Benefit, Bilingual, Estimate, Offer, Sourced, VerdictLine
from wealthloop.leads.repository import LeadView
from wealthloop.loop.around import surroundings
from wealthloop.loop.options import Surroundings, allowed_products
from wealthloop.loop.types import Night
from wealthloop.policies.suitability import higher_rating
from wealthloop.policies.types import ProductFacts
from wealthloop.strategies.actions import planned_action
from wealthloop.strategies.life import Running

MATCH: Final = "SU-02"
"""The rule by which a product's rating meets the customer's level."""
REASONS: Final = 2
"""Of a model's reasons on a card."""
_ALTERNATIVES: Final = 2
_REFUSED: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """What the contacts of a night are written from, loaded once; names and reasons of those with a card."""

    around: Surroundings
    products: Mapping[str, ProductFacts]
    by_rating: Sequence[ProductFacts]
    """The shelf, the lowest rating first."""
    product_names: Mapping[str, str]
    names: Mapping[str, str]
    """Masked, by customer."""
    reasons: Mapping[tuple[str, str], tuple[scoring.Reason, ...]]
    """By model and customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A released decision with what it was made of."""

    row: Mapping[str, Any]
    """The ledger's row."""
    lead: LeadView
    strategy: Running

    @property
    def customer_id(self) -> str:
        """Whom it is for."""
        return self.lead.customer_id

    @property
    def channel(self) -> str:
        """Through which."""
        return str(self.row["channel"])


def card_facts(night: Night, decisions: Sequence[Decision]) -> CardFacts:
    """Load what the cards and messages of some decisions need."""
    around = surroundings(night, (one.customer_id for one in decisions))
    on_cards = [one for one in decisions if one.channel == "rm"]
    return CardFacts(
        around=around,
        products={product.product_id: product for product in around.products},
        by_rating=sorted(around.products, key=lambda one: (higher_rating(one) or 0, one.product_id)),
        product_names=_product_names(night),
        names=_masked_names(night, {one.customer_id for one in on_cards}),
        reasons=_reasons(night, on_cards),
    )


def message_input(one: Decision, known: CardFacts) -> ComposeInput:
    """Gather a message."""
    profile = known.around.profiles[one.customer_id]
    return ComposeInput(
        document=one.strategy.document,
        trigger=one.lead.trigger,
        evidence=one.lead.evidence,
        expires_on=one.lead.expires_on,
        masked_name=known.names.get(one.customer_id, ""),
        tier=profile["tier"],
        lifecycle=profile["lifecycle"],
        life_stage=profile["life_stage"],
        offer=_offer(known.products[one.row["product_id"]], known) if one.row["product_id"] else None,
        incentive=one.strategy.document.incentives[one.row["arm"]],
    )


def card_input(night: Night, one: Decision, known: CardFacts) -> ComposeInput:
    """Gather a card: what a message has, and everything that a person is to know beside it."""
    row, profile = one.row, known.around.profiles[one.customer_id]
    chosen = known.products[row["product_id"]] if row["product_id"] else None
    matched = () if chosen is None else (_match(night, one, chosen, known),)
    return replace(
        message_input(one, known),
        risk_level=profile["suitability_level"],
        risk_valid_until=profile["valid_until"],
        reasons=_model_reasons(one, known),
        alternatives=() if chosen is None else _alternatives(one, chosen, known),
        value=_estimate(row),
        p_contact=row["p_contact"],
        p_no_contact=row["p_no_contact"],
        available_now=profile["available_now"],
        available_7d=profile["available_7d"],
        available_30d=profile["available_30d"],
        overdraft_room=profile["overdraft_room"],
        verdicts=(*matched, *_refused(night, one, known)),
        benefit=_benefit(one.strategy, known),
        activity=_activity(night, one.strategy, known),
    )


def _alternatives(one: Decision, chosen: ProductFacts, known: CardFacts) -> tuple[Offer, ...]:
    """Return the next products that the customer may be offered."""
    allowed = allowed_products(one.lead, one.strategy, one.channel, known.around)
    others = (product for product, _ in allowed if product is not None and product.product_id != chosen.product_id)
    return tuple(_offer(product, known) for product in islice(others, _ALTERNATIVES))


def _refused(night: Night, one: Decision, known: CardFacts) -> tuple[VerdictLine, ...]:
    """Return products that suitability refuses to the customer, the nearest rating first, one a category."""
    lines: dict[str, VerdictLine] = {}
    for product in known.by_rating:
        if len(lines) == _REFUSED:
            break
        if product.category not in lines:
            line = _match(night, one, product, known)
            if not line.allowed:
                lines[product.category] = line
    return tuple(lines.values())


def _match(night: Night, one: Decision, product: ProductFacts, known: CardFacts) -> VerdictLine:
    """Ask the one rule that compares rating and level."""
    rule = known.around.pack.rule(MATCH)
    action = planned_action(one.strategy, channel=one.channel, product=product, not_after=one.lead.expires_on)
    found = rule.ask(known.around.facts[one.customer_id], action, night.begins, rule.parameters)
    name = known.product_names[product.product_id]
    return VerdictLine(
        allowed=found.allowed,
        subject=Bilingual(zh=name, en=name),
        rule_id=MATCH,
        reason=Bilingual(zh=found.reason.zh, en=found.reason.en),
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
    row = known.around.catalogues.benefits.get(strategy.document.offer.benefit_id or "")
    if row is None or row["unit_cost"] is None:
        return None
    return Benefit(name=row["name"], unit_cost=row["unit_cost"], stock=row["stock"])


def _activity(night: Night, strategy: Running, known: CardFacts) -> Activity | None:
    row = known.around.catalogues.activities.get(strategy.document.offer.activity_id or "")
    if row is None:
        return None
    at = row["at"].replace(tzinfo=UTC).astimezone(night.home.zone)
    return Activity(name=row["name"], kind=row["kind"], on=at.date(), begins=at.time(), place=row["branch"])


def _model_reasons(one: Decision, known: CardFacts) -> tuple[Sourced, ...]:
    model = one.strategy.document.model_id
    return tuple(
        Sourced(text=Bilingual(zh=reason.zh, en=reason.en), source=f"model:{model}/{reason.feature}")
        for reason in known.reasons.get((model, one.customer_id), ())
    )


def _reasons(night: Night, decisions: Sequence[Decision]) -> dict[tuple[str, str], tuple[scoring.Reason, ...]]:
    """Return the models' reasons for the decisions that a model made."""
    chosen: dict[str, set[str]] = {}
    for one in decisions:
        if one.row["model_version"]:
            chosen.setdefault(one.strategy.document.model_id, set()).add(one.customer_id)
    known = features.load(night.home, night.as_of)
    found: dict[tuple[str, str], tuple[scoring.Reason, ...]] = {}
    for model, customers in sorted(chosen.items()):
        rows = known.filter(pc.is_in(known["customer_id"], value_set=pa.array(sorted(customers), pa.string())))
        reasons = scoring.reasons_for(night.home, model, rows, top=REASONS)
        found |= {(model, customer): several for customer, several in reasons.items()}
    return found


def _masked_names(night: Night, customers: set[str]) -> dict[str, str]:
    people = night.bank.read("customers", ("customer_id", "name"), as_of=night.as_of)
    ours = pc.is_in(people["customer_id"], value_set=pa.array(sorted(customers), pa.string()))
    rows = people.filter(ours).to_pylist()
    cipher = night.home.cipher
    return {row["customer_id"]: mask_name(cipher.decrypt(row["name"])) for row in rows if row["name"] is not None}


def _product_names(night: Night) -> dict[str, str]:
    products = night.bank.read("products", ("product_id", "name"), as_of=night.as_of)
    return {row["product_id"]: row["name"] for row in products.to_pylist()}
