"""Asking quickly: the answers are those of asking every rule."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policies.build import GRANTED, LONG_AGO, NOW, action, assessed, facts, product
from wealthloop.policies.pack import load_pack
from wealthloop.policies.refusals import Refusals
from wealthloop.policies.screen import Screening, screen
from wealthloop.policies.types import Approval, Cap, Consent, Contact, ProductFacts, StaffFacts
from wealthloop.policies.used import answered

CHANNELS = ("rm", "remote_agent", "ai_call", "app_push", "sms", "wechat", "wecom")
PACK = load_pack()


def contact(channel: str, days: int) -> Contact:
    return Contact(contact_id=f"{channel}{days}", channel=channel, at=NOW - timedelta(days=days))


CONTACTS = st.lists(st.builds(contact, st.sampled_from(CHANNELS), st.integers(0, 40)), max_size=5).map(tuple)
PEOPLE: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "found": st.sampled_from((True, True, True, False)),
        "legal_block": st.sampled_from((None, None, None, "frozen")),
        "consents": st.sampled_from(
            (
                GRANTED,
                GRANTED,
                None,
                (),
                (*GRANTED, Consent(purpose="marketing", channel="sms", granted=False, at=LONG_AGO)),
                (*GRANTED, Consent(purpose="personalisation", channel="sms", granted=False, at=LONG_AGO)),
            )
        ),
        "suitability": st.sampled_from((assessed(), assessed(level="C5"), assessed(lowest_class=True), None)),
        "born_by": st.sampled_from((date(1980, 5, 1), date(1950, 5, 1), None)),
        "bound": st.sampled_from((frozenset({"app_push", "sms", "wechat", "wecom"}), frozenset({"sms"}), None)),
        "staff": st.sampled_from((StaffFacts(staff_id="S1", qualified_for=frozenset({"investment"})), None)),
        "opt_outs": st.sampled_from((frozenset(), frozenset({"sms"}), None)),
        "contacts": CONTACTS,
        "stopped": st.sampled_from((False, True, None)),
    }
)
OFFERS = st.sampled_from(
    (
        product(),
        product(issuer_risk="R5"),
        product(private=True),
        product(regime="insurance", category="insurance_single"),
        product(on_sale_to=date(2026, 11, 1)),
        product(regime=None),
    )
)

CONTACT: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "strategy_id": st.just("another"),
        "commercial": st.booleans(),
        "personalised": st.booleans(),
        "not_after": st.just(date(2026, 11, 1)),
        "caps": st.just((Cap(channels=frozenset({"*"}), count=1, days=30),)),
        "running": st.sampled_from((False, None)),
        "approval": st.sampled_from(
            (None, Approval(author="li", approved_by="li", content_hash="h", approved_hash="h"))
        ),
        "approved_categories": st.sampled_from((None, frozenset({"other"}))),
        "benefit_id": st.just("B1"),
        "gift_on": st.sampled_from((None, frozenset({"bond_fund"}), frozenset({"gold"}))),
        "closing": st.sampled_from((None, "elsewhere")),
        "uses_credit": st.sampled_from((True, None)),
        "invites_assessment": st.just(True),
        "texts": st.sampled_from((None, ("保本",))),
    },
)
"""What a contact may be beside its channel and product."""


@given(PEOPLE, OFFERS, st.sampled_from(CHANNELS))
def test_a_quick_yes_is_the_verdict_of_every_rule_and_a_quick_no_has_a_blocking_rule(
    person: dict[str, Any], offer: ProductFacts, channel: str
) -> None:
    asked, contact = facts(**person), action(product=offer, channel=channel)
    verdict = screen(asked, contact, now=NOW, pack=PACK)
    quick = Screening({"C1": asked}, now=NOW, pack=PACK)
    assert quick.permitted("C1", replace(contact, product=None), offer) == (verdict if verdict.allowed else None)


@given(
    st.lists(PEOPLE, min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, 2), OFFERS | st.none(), st.sampled_from(CHANNELS), CONTACT), max_size=12),
)
def test_questions_that_were_asked_before_are_answered_as_if_anew(
    people: list[dict[str, Any]], questions: list[tuple[int, ProductFacts | None, str, dict[str, Any]]]
) -> None:
    known = {f"C{number}": facts(customer_id=f"C{number}", **person) for number, person in enumerate(people)}
    quick = Screening(known, now=NOW, pack=PACK)
    for number, offer, channel, more in questions:
        who, contact = f"C{number % len(people)}", action(product=offer, channel=channel, **more)
        verdict = screen(known[who], contact, now=NOW, pack=PACK)
        assert quick.permitted(who, replace(contact, product=None), offer) == (verdict if verdict.allowed else None)


@given(PEOPLE, OFFERS, st.sampled_from(CHANNELS))
def test_a_rule_that_declares_no_look_at_the_product_answers_alike_with_and_without(
    person: dict[str, Any], offer: ProductFacts, channel: str
) -> None:
    asked, bare, full = facts(**person), action(product=None, channel=channel), action(product=offer, channel=channel)
    for rule in PACK.rules:
        if "product" not in rule.looks_at:
            ask = partial(rule.ask, asked)
            assert ask(bare, NOW, rule.parameters) == ask(full, NOW, rule.parameters), rule.rule_id


@given(PEOPLE, OFFERS, st.sampled_from(CHANNELS), st.sampled_from(CHANNELS))
def test_a_rule_that_declares_no_look_at_the_channel_answers_alike_on_every_one(
    person: dict[str, Any], offer: ProductFacts, channel: str, another: str
) -> None:
    asked, one, other = facts(**person), action(product=offer, channel=channel), action(product=offer, channel=another)
    for rule in PACK.rules:
        if "channel" not in rule.looks_at:
            ask = partial(rule.ask, asked)
            assert ask(one, NOW, rule.parameters) == ask(other, NOW, rule.parameters), rule.rule_id


@given(PEOPLE, OFFERS, st.sampled_from(CHANNELS), CONTACT)
def test_a_rule_that_declares_no_look_at_the_contact_answers_alike_for_any_other_of_the_channel(
    person: dict[str, Any], offer: ProductFacts, channel: str, more: dict[str, Any]
) -> None:
    asked, one = facts(**person), action(product=offer, channel=channel)
    other = replace(one, **more | {"commercial": True, "personalised": True})
    for rule in PACK.rules:
        if "contact" not in rule.looks_at:
            ask = partial(rule.ask, asked)
            assert ask(one, NOW, rule.parameters) == ask(other, NOW, rule.parameters), rule.rule_id


@given(PEOPLE, OFFERS, st.sampled_from(CHANNELS), st.booleans())
def test_what_a_rule_forbids_without_a_product_it_forbids_with_any(
    person: dict[str, Any], offer: ProductFacts, channel: str, commercial: bool
) -> None:
    asked = facts(**person)
    bare = action(product=None, channel=channel, commercial=commercial)
    full = action(product=offer, channel=channel, commercial=commercial)
    for rule in PACK.rules:
        if not rule.ask(asked, bare, NOW, rule.parameters).allowed:
            assert not rule.ask(asked, full, NOW, rule.parameters).allowed, rule.rule_id


@settings(max_examples=40)
@given(
    st.lists(PEOPLE, min_size=1, max_size=2),
    st.lists(st.tuples(st.integers(0, 1), OFFERS | st.none(), st.sampled_from(CHANNELS), CONTACT), max_size=8),
)
def test_all_rules_that_forbid_are_those_of_the_whole_verdict(
    people: list[dict[str, Any]], questions: list[tuple[int, ProductFacts | None, str, dict[str, Any]]]
) -> None:
    known = {f"C{number}": facts(customer_id=f"C{number}", **person) for number, person in enumerate(people)}
    refusals = Refusals(known, now=NOW, pack=PACK)
    for number, offer, channel, more in questions:
        who, contact = f"C{number % len(people)}", action(product=offer, channel=channel, **more)
        verdict = screen(known[who], contact, now=NOW, pack=PACK)
        assert ",".join(refusals.of(who, replace(contact, product=None), offer)) == verdict.reason_code


WHOSE = ("customer.", "contact.")


@settings(max_examples=40)
@given(PEOPLE, OFFERS | st.none(), st.sampled_from(CHANNELS), CONTACT)
def test_what_a_rule_is_seen_to_look_at_decides_its_answer(
    person: dict[str, Any], offer: ProductFacts | None, channel: str, more: dict[str, Any]
) -> None:
    asked, contact = facts(**person), action(product=offer, channel=channel, **more)
    verdict = screen(asked, contact, now=NOW, pack=PACK)
    told = answered(asked, contact, now=NOW, pack=PACK, stage="plan")
    assert tuple(one.hit for one in told) == verdict.hits
    for one in told:
        of_customer, of_contact = ({path.split(".")[1] for path in one.used if path.startswith(who)} for who in WHOSE)
        of_contact |= {"commercial", "product", "benefit_id"} if "carries_offer" in of_contact else set()
        other = facts(**{name: getattr(asked, name) for name in of_customer})
        otherwise = action(**{name: getattr(contact, name) for name in of_contact - {"carries_offer"}})
        again = one.rule.ask(other, otherwise, NOW, one.rule.parameters)
        assert again.allowed == one.hit.allowed, one.rule.rule_id


def test_the_day_on_which_time_alone_opens_a_rule_is_named() -> None:
    busy = facts(contacts=(contact("rm", 12),), told=())
    told = {one.rule.rule_id: one for one in answered(busy, action(), now=NOW, pack=PACK, stage="plan")}
    assert (told["FR-03"].hit.allowed, told["FR-03"].opens_on) == (False, date(2026, 12, 11))
    assert told["FR-03"].used["customer.contacts"] == busy.contacts
    assert told["FR-05"].opens_on is None
    risky = answered(facts(), action(product=product(issuer_risk="R5")), now=NOW, pack=PACK, stage="plan")
    match = next(one for one in risky if one.rule.rule_id == "SU-02")
    assert (match.hit.allowed, match.opens_on) == (False, None)
    assert match.used["customer.suitability.level"] == "C3"
    assert match.used["contact.product.issuer_risk"] == "R5"
