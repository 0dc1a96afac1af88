"""The library at work in a small simulated bank: whom the rules let it contact, its words, and what it counts."""

from datetime import timedelta

import numpy as np
import pytest

from tests.loop.makers import AS_OF, AT_WORK, launch, night_of, running
from wealthloop import ledger
from wealthloop.bank import BankTables
from wealthloop.delivery.compose import ComposeInput, compose, compose_message
from wealthloop.delivery.content import Bilingual, Offer
from wealthloop.delivery.models import Intent
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home
from wealthloop.leads.repository import LeadView
from wealthloop.loop.around import surroundings
from wealthloop.loop.night import run_night
from wealthloop.loop.options import possible_contacts
from wealthloop.reports.criterion import Criterion
from wealthloop.reports.happened import happened, is_told
from wealthloop.reports.outcomes import covariate
from wealthloop.reports.planned import Units
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.evidence import EVIDENCE
from wealthloop.strategies.load import shipped
from wealthloop.strategies.valuebook import load_value_book

pytestmark = pytest.mark.django_db

NOT_TOLD_HERE = {"regular-saving"}
"""The simulated bank gives no table of plans: the criterion cannot be counted and the report says so."""
RARE = {"fund-loss-care", "pension-saving"}
"""What nobody of so few customers does within fifty days."""


def evidence_of(trigger: str) -> dict[str, int | str | float]:
    """Return some evidence of a trigger."""
    return {key: "2026-11-28" if key == "on" or key.endswith("_on") else 6_000_000 for key in EVIDENCE[trigger]}


def leads_of(trigger: str, customers: list[str]) -> list[LeadView]:
    """Return a lead of a trigger for every customer, so old that every channel's turn has come."""
    return [
        LeadView(
            lead_id=f"{trigger}-{one}", customer_id=one, trigger=trigger, occurred_on=AS_OF - timedelta(days=30),
            found_on=AS_OF - timedelta(days=30), expires_on=AS_OF + timedelta(days=5), evidence=evidence_of(trigger),
            state="open",
        )
        for one in customers
    ]  # fmt: skip


def customers_of(bank: BankTables) -> list[str]:
    return sorted(str(one) for one in bank.read("customers", ("customer_id",), as_of=AS_OF)["customer_id"].to_pylist())


def criterion_of(document: Strategy) -> Criterion:
    success = document.success
    return Criterion(
        strategy_id=document.id, version=1, name=Bilingual(zh=document.name.zh, en=document.name.en),
        metric=success.metric, categories=success.categories, window_days=success.window_days,
        minimum_worthwhile_effect=success.minimum_worthwhile_effect, alpha=success.alpha, power=success.power,
        arms=document.experiment_arms,
    )  # fmt: skip


def test_the_rules_let_every_strategy_contact_somebody_on_each_of_its_occasions(
    bank_home: Home, engine: DuckDBEngine
) -> None:
    bank = BankTables(bank_home, engine)
    night, customers = night_of(bank_home, engine, bank), customers_of(bank)
    around = surroundings(night, customers)
    reached = set()
    for document in shipped():
        for trigger in document.triggers:
            made = possible_contacts(night, leads_of(trigger, customers), [running(document.id)], around)
            reached |= {(document.id, trigger) for _ in made[:1]}
            assert all((one.product is None) == (not document.offer.categories) for one in made)
    assert reached == {(document.id, trigger) for document in shipped() for trigger in document.triggers}


@pytest.mark.parametrize("document", shipped(), ids=lambda one: one.id)
def test_cards_and_messages_are_written_in_both_languages_on_every_occasion(document: Strategy) -> None:
    for trigger in document.triggers:
        known = given(document, trigger)
        card = compose(known)
        texts = [card.why_now[0].text, card.action, card.talk_track]
        others = set(document.plan_channels) - {"rm"}
        texts += [compose_message(known, channel=channel, sender="江南银行").text for channel in others]
        for text in texts:
            assert text.zh
            assert text.en
            assert not {"{", "}"} & {*text.zh, *text.en}
        assert ("云溪稳享" in card.talk_track.zh + card.action.zh) == bool(document.offer.categories)


def given(document: Strategy, trigger: str) -> ComposeInput:
    sold = document.offer.categories
    offer = Offer(product_id="P1", name="云溪稳享", category=sold[0], rating="R2") if sold else None
    return ComposeInput(
        document=document, trigger=trigger, evidence=evidence_of(trigger), expires_on=AS_OF, masked_name="王*明",
        tier="wealth", lifecycle="mature", life_stage="family", offer=offer,
    )  # fmt: skip


def test_every_criterion_is_counted_from_the_banks_own_tables(bank_home: Home, engine: DuckDBEngine) -> None:
    bank = BankTables(bank_home, engine)
    customers = tuple(customers_of(bank))
    units = Units(
        customer_id=customers, arm=("contact",) * len(customers),
        first_day=np.full(len(customers), np.datetime64(AS_OF, "D")),
    )  # fmt: skip
    shares, untold = {}, set()
    for document in shipped():
        one = criterion_of(document)
        made = happened(
            bank, engine, one, first=AS_OF - timedelta(days=one.window_days), last=AS_OF, as_of=AS_OF
        )  # fmt: skip
        shares[document.id] = float(covariate(made, units, one).mean())
        if not is_told(bank, one, as_of=AS_OF):
            untold.add(document.id)
    assert untold == NOT_TOLD_HERE
    assert {name for name, share in shares.items() if 0.0 < share < 1.0} == shares.keys() - NOT_TOLD_HERE - RARE
    assert (shares["fund-loss-care"], shares["pension-saving"]) == (1.0, 0.0)


@pytest.mark.usefixtures("described")
def test_a_night_plans_and_sends_contacts_that_sell_nothing(bank_home: Home) -> None:
    launch("reassessment")
    run_night(bank_home, as_of=AS_OF, now=AT_WORK)
    rows = [row for row in ledger.read(bank_home).to_pylist() if row["strategy_id"] == "reassessment"]
    assert rows
    assert {(row["product_id"], row["amount"]) for row in rows} == {(None, 0)}
    assert {row["sale_value"] for row in rows} == {load_value_book().success_value["reassessed"]}
    sent = Intent.objects.filter(strategy_id="reassessment")
    assert sent.count() == sum(row["treated"] for row in rows) > 0
    assert set(sent.values_list("product_id", "state")) == {("", "sent")}
    assert all("风险测评" in intent.content["text"]["zh"] for intent in sent)
