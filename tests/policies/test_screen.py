"""Asking quickly: the answers are those of asking every rule."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.policies.build import GRANTED, LONG_AGO, NOW, action, assessed, facts, product
from wealthloop.policies.pack import load_pack
from wealthloop.policies.screen import permitted, screen
from wealthloop.policies.types import Consent, Contact, ProductFacts, StaffFacts

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


@given(PEOPLE, OFFERS, st.sampled_from(CHANNELS))
def test_a_quick_yes_is_the_verdict_of_every_rule_and_a_quick_no_has_a_blocking_rule(
    person: dict[str, Any], offer: ProductFacts, channel: str
) -> None:
    asked, contact = facts(**person), action(product=offer, channel=channel)
    verdict = screen(asked, contact, now=NOW, pack=PACK)
    assert permitted(asked, contact, now=NOW, pack=PACK) == (verdict if verdict.allowed else None)


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
