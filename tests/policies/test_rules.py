"""Each rule says no to what it forbids, says no when it does not know, and without it the contact would leave."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Literal

import pytest

from tests.policies.build import GRANTED, LONG_AGO, NOW, action, assessed, facts, product
from wealthloop.policies.finding import yes
from wealthloop.policies.pack import SHIPPED, RulePack, load_pack, parse_pack
from wealthloop.policies.screen import screen
from wealthloop.policies.types import Approval, Cap, Consent, Contact, StaffFacts, Told

Case = tuple[str, dict[str, Any], dict[str, Any]]

INSURER = StaffFacts(staff_id="S1", qualified_for=frozenset({"insurance"}))
AI_TEXT = "我是智能语音助手，来自示范银行。如需人工服务请说转人工。"


def consent(
    purpose: Literal["marketing", "personalisation"],
    *,
    granted: bool,
    channel: str = "*",
    at: datetime = NOW - timedelta(days=1),
) -> Consent:
    return Consent(purpose=purpose, channel=channel, granted=granted, at=at)


def contact(channel: str, ago: timedelta, name: str = "x") -> Contact:
    return Contact(contact_id=name, channel=channel, at=NOW - ago)


def hours_ago(*hours: int, channel: str = "wechat") -> tuple[Contact, ...]:
    return tuple(contact(channel, timedelta(hours=hour), f"x{hour}") for hour in hours)


def told(code: str, *, days_ago: int = 1, category: str | None = "bond_fund", until: date | None = None) -> Told:
    return Told(code=code, at=NOW - timedelta(days=days_ago), category=category, not_before=until)


RENEWED = consent("marketing", granted=True, at=NOW - timedelta(hours=1))

FORBIDDEN: list[Case] = [
    ("GS-01", {"stopped": True}, {}),
    ("SP-01", {}, {"running": False}),
    ("AP-01", {}, {"approval": Approval(author="li", approved_by="zhao", content_hash="h", approved_hash="other")}),
    ("AP-01", {}, {"approval": Approval(author="li", approved_by="li", content_hash="h", approved_hash="h")}),
    ("NA-01", {}, {"not_after": date(2026, 11, 22)}),
    ("LB-01", {"legal_block": "deceased"}, {}),
    ("LB-01", {"legal_block": "frozen"}, {"commercial": False, "product": None}),
    ("CO-01", {"consents": (*GRANTED, consent("marketing", granted=False))}, {}),
    ("CO-01", {"consents": (*GRANTED, consent("marketing", granted=False, channel="rm"))}, {}),
    ("CO-02", {"consents": (*GRANTED, consent("personalisation", granted=False))}, {}),
    ("CO-03", {"opt_outs": frozenset({"rm"})}, {}),
    ("CO-03", {"opt_outs": frozenset({"*"})}, {"commercial": False, "product": None}),
    ("CO-04", {"consents": (consent("marketing", granted=False, channel="remote_agent"), *GRANTED[1:], RENEWED)}, {}),
    ("CH-01", {"bound": frozenset({"wechat"})}, {"channel": "sms"}),
    ("AI-01", {}, {"channel": "ai_call", "texts": (AI_TEXT,)}),
    ("QH-01", {}, {"not_after": date(2026, 12, 30)}),
    ("FR-01", {"contacts": (contact("sms", timedelta(days=6)),)}, {"channel": "sms"}),
    ("FR-02", {"contacts": hours_ago(1, 50, 160, channel="app_push")}, {"channel": "app_push"}),
    ("FR-03", {"contacts": (contact("remote_agent", timedelta(days=29)),)}, {}),
    ("FR-03", {"contacts": (contact("rm", timedelta(days=-1)),)}, {}),
    ("FR-04", {"contacts": hours_ago(23, channel="wecom")}, {"channel": "wecom"}),
    ("FR-05", {"contacts": hours_ago(200, 300, 400, 719)}, {}),
    ("FR-06", {"contacts": hours_ago(30)}, {"caps": (Cap(channels=frozenset({"*"}), count=1, days=2),)}),
    ("FB-01", {"told": (told("customer_angry", days_ago=89),)}, {"channel": "remote_agent"}),
    ("FB-01", {"told": (told("customer_angry", category="gold"), told("good_lead"))}, {}),
    ("FB-02", {"told": (told("already_here", days_ago=59),)}, {"channel": "wechat"}),
    ("FB-02", {"told": (told("already_elsewhere", category=None),)}, {}),
    ("FB-03", {"told": (told("wrong_timing", days_ago=300, until=date(2026, 11, 24)),)}, {}),
    ("FB-03", {"told": (told("money_bound", category=None, until=date(2027, 1, 1)),)}, {"channel": "sms"}),
    ("SU-02", {}, {"product": product(seller_risk="R4")}),
    ("SU-02", {}, {"product": product(issuer_risk="R4")}),
    ("SU-02", {"suitability": assessed(level="C1", lowest_class=True)}, {}),
    ("SU-02", {"suitability": assessed(level="C5", lowest_class=True)}, {}),
    ("SU-03", {"suitability": assessed(assessed_at=date(2025, 11, 23))}, {}),
    ("SU-03", {"suitability": assessed(valid_until=date(2026, 11, 22))}, {}),
    ("SU-03", {"suitability": assessed(assessed_at=date(2026, 11, 24))}, {}),
    ("SU-04", {}, {"product": product(private=True), "channel": "wecom"}),
    ("SU-05", {"needs_analysis_on": date(2025, 1, 1), "staff": INSURER}, {"product": product(regime="insurance")}),
    ("SU-06", {"assessed_on": (date(2026, 11, 23),) * 2}, {"invites_assessment": True}),
    ("SU-06", {"assessed_on": tuple(date(2026, month, 1) for month in range(2, 10))}, {"invites_assessment": True}),
    ("AG-01", {"born_by": date(1961, 11, 23)}, {"channel": "ai_call", "texts": (AI_TEXT,)}),
    (
        "AG-01",
        {"born_by": date(1950, 1, 1), "suitability": assessed(level="C5")},
        {"product": product(issuer_risk="R4"), "channel": "wecom"},
    ),
    ("ST-01", {"staff": INSURER}, {}),
    ("PR-01", {}, {"product": product(on_sale_to=date(2026, 11, 22))}),
    ("PR-01", {}, {"product": product(on_sale_from=date(2026, 11, 24))}),
    ("PR-02", {}, {"product": product(category="gold")}),
    ("DR-01", {}, {"closing": "telephone"}),
    ("CR-01", {}, {"uses_credit": True}),
    ("EQ-01", {}, {"benefit_id": "B1", "approval": None}),
    ("GI-01", {}, {"gift_on": frozenset({"bond_fund"})}),
    ("GI-01", {}, {"gift_on": frozenset({"gold", "money_fund"}), "product": None}),
    ("GI-02", {}, {"gift_on": frozenset({"cash_management"}), "channel": "sms"}),
    ("GI-03", {}, {"gift_on": frozenset({"insurance_regular"})}),
    ("GI-04", {}, {"gift_on": frozenset({"large_cd"})}),
    ("SM-01", {}, {"channel": "sms", "texts": ("【示范银行】您的工资已到账。",)}),
    ("SM-01", {}, {"channel": "sms", "texts": ("您的工资已到账。拒收请回复R",)}),
    ("AI-02", {}, {"channel": "ai_call", "texts": ("您好，这里是示范银行。",)}),
    ("ON-01", {}, {"channel": "wechat", "texts": ("保本高收益",)}),
    ("AI-03", {}, {"channel": "ai_call", "texts": ("我是智能语音助手，来自示范银行。",)}),
    ("SM-02", {}, {"channel": "sms", "consent_on_file": False}),
    ("ON-01", {}, {"channel": "wechat", "texts": ("ok", "Guaranteed income")}),
    ("ON-02", {}, {"channel": "wechat", "texts": ("年化 3.5%",), "product": product(contract_figures=frozenset())}),
]

UNKNOWN: list[Case] = [
    ("GS-01", {"stopped": None}, {}),
    ("SP-01", {}, {"running": None}),
    ("AP-01", {}, {"approval": None}),
    ("AP-01", {}, {"approval": Approval(author="li", approved_by="", content_hash="", approved_hash="")}),
    ("LB-01", {"found": False}, {}),
    ("CO-01", {"consents": None}, {}),
    ("CO-01", {"consents": ()}, {}),
    ("CO-02", {"consents": GRANTED[:1]}, {}),
    ("CO-03", {"opt_outs": None}, {}),
    ("CO-04", {"consents": None}, {}),
    ("CH-01", {"bound": None}, {"channel": "sms"}),
    ("FR-01", {"contacts": None}, {"channel": "sms"}),
    ("FR-05", {"contacts": None}, {}),
    ("FB-01", {"told": None}, {}),
    ("FB-02", {"told": None}, {}),
    ("FB-03", {"told": None}, {}),
    ("SU-01", {"suitability": None}, {}),
    ("SU-01", {"suitability": assessed(level=None)}, {}),
    ("SU-01", {}, {"product": product(regime=None)}),
    ("SU-02", {}, {"product": product(issuer_risk=None)}),
    ("SU-02", {}, {"product": product(seller_risk=None)}),
    ("SU-03", {"suitability": assessed(assessed_at=None)}, {}),
    ("SU-04", {}, {"product": product(private=None), "channel": "app_push"}),
    ("SU-05", {}, {"product": product(regime="insurance")}),
    ("AG-01", {"born_by": None}, {"product": product(issuer_risk="R5"), "channel": "wecom"}),
    ("ST-01", {"staff": None}, {}),
    ("ST-01", {"staff": StaffFacts(staff_id="S1", qualified_for=None)}, {}),
    ("PR-01", {}, {"product": product(on_sale_from=None)}),
    ("PR-02", {}, {"approved_categories": None}),
    ("DR-01", {}, {"closing": None}),
    ("CR-01", {}, {"uses_credit": None}),
    ("EQ-01", {}, {"benefit_id": "B1", "approval": None}),
    ("GI-01", {}, {"gift_on": None}),
    ("SM-01", {}, {"channel": "sms", "texts": None}),
    ("AI-02", {}, {"channel": "ai_call", "texts": None}),
    ("AI-03", {}, {"channel": "ai_call", "texts": None}),
    ("SM-02", {}, {"channel": "sms", "consent_on_file": None}),
    ("ON-01", {}, {"channel": "wechat", "texts": ()}),
    ("ON-02", {}, {"channel": "wechat", "texts": ("年化 3.5%",)}),
]

NIGHT = datetime(2026, 11, 23, 13, tzinfo=UTC)
"""21:00 in Shanghai."""


def when(rule_id: str) -> datetime:
    return NIGHT if rule_id == "QH-01" else NOW


@cache
def without(rule_id: str) -> RulePack:
    """The shipped pack with one rule bribed: the seeded mutant."""
    pack = load_pack()
    rules = tuple(replace(rule, ask=lambda *_: yes("", "")) if rule.rule_id == rule_id else rule for rule in pack.rules)
    return replace(pack, rules=rules)


@pytest.mark.parametrize("channel", ["rm", "remote_agent", "app_push", "sms", "wechat", "wecom"])
def test_a_good_contact_is_allowed_on_every_channel_that_is_on(channel: str) -> None:
    verdict = screen(facts(), action(channel=channel), now=NOW, pack=load_pack(), stage="claim")
    assert verdict.allowed, verdict.reason_code
    assert len(verdict.hits) == len(load_pack().rules)


@pytest.mark.parametrize(("rule_id", "of_customer", "of_contact"), FORBIDDEN)
def test_i4_what_a_rule_forbids_is_not_sent(
    rule_id: str, of_customer: dict[str, Any], of_contact: dict[str, Any]
) -> None:
    asked = facts(**of_customer), action(**of_contact)
    verdict = screen(*asked, now=when(rule_id), pack=load_pack(), stage="claim")
    assert not verdict.allowed
    assert rule_id in verdict.reason_code.split(",")
    bribed = screen(*asked, now=when(rule_id), pack=without(rule_id), stage="claim")
    assert rule_id not in bribed.reason_code


@pytest.mark.parametrize(("rule_id", "of_customer", "of_contact"), UNKNOWN)
def test_i7_what_a_rule_does_not_know_is_not_sent_and_named(
    rule_id: str, of_customer: dict[str, Any], of_contact: dict[str, Any]
) -> None:
    verdict = screen(facts(**of_customer), action(**of_contact), now=NOW, pack=load_pack(), stage="claim")
    assert not verdict.allowed
    hit = next(hit for hit in verdict.blocking if hit.rule_id == rule_id)
    assert hit.reason.en.startswith("missing fact: ")
    assert hit.reason.zh.startswith("缺少事实：")


def test_every_rule_of_the_pack_forbids_something_above() -> None:
    covered = {case[0] for case in FORBIDDEN + UNKNOWN}
    assert covered == {rule.rule_id for rule in load_pack().rules}


@pytest.mark.parametrize("rule_id", sorted({case[0] for case in FORBIDDEN} - {"AI-02", "AI-03", "EQ-01"}))
def test_without_its_rule_a_forbidden_contact_would_leave(rule_id: str) -> None:
    leaks = [
        screen(facts(**c), action(**a), now=when(rule_id), pack=without(rule_id), stage="claim").allowed
        for found, c, a in FORBIDDEN
        if found == rule_id
    ]
    assert any(leaks)


def test_ai_calls_leave_once_the_bank_switches_them_on() -> None:
    switched = parse_pack(SHIPPED.read_bytes().replace(b"enabled: false", b"enabled: true"), name="bank.yaml")
    call = action(channel="ai_call", texts=(AI_TEXT,))
    assert screen(facts(), call, now=NOW, pack=switched, stage="claim").allowed
    old = screen(facts(born_by=date(1961, 11, 23)), call, now=NOW, pack=switched, stage="claim")
    assert old.reason_code == "AG-01"
    silent = screen(facts(), action(channel="ai_call", texts=("您好",)), now=NOW, pack=switched, stage="claim")
    assert silent.reason_code == "AI-02,AI-03"


def test_the_day_before_the_65th_birthday_is_not_65() -> None:
    young = facts(born_by=date(1961, 11, 24))
    risky = action(product=product(issuer_risk="R3"), channel="wecom")
    assert screen(young, risky, now=NOW, pack=load_pack()).allowed


def test_a_deposit_stays_open_without_suitability() -> None:
    deposit = product(regime="deposit", category="bond_fund", issuer_risk=None, seller_risk=None, private=None)
    nobody = facts(suitability=None)
    verdict = screen(nobody, action(product=deposit, closing=None), now=NOW, pack=load_pack(), stage="claim")
    assert verdict.allowed, verdict.reason_code


def test_with_an_expired_level_the_invitation_to_a_new_assessment_is_allowed() -> None:
    expired = facts(suitability=assessed(assessed_at=date(2025, 1, 1)))
    invitation = action(product=None, invites_assessment=True)
    assert screen(expired, action(), now=NOW, pack=load_pack()).reason_code == "SU-03"
    assert screen(expired, invitation, now=NOW, pack=load_pack()).allowed


def test_a_service_message_needs_no_consent_and_counts_no_contact() -> None:
    quiet = facts(consents=None, contacts=hours_ago(1, 2, 3, 4, channel="rm"))
    service = action(product=None, commercial=False, personalised=False)
    assert screen(quiet, service, now=NOW, pack=load_pack(), stage="claim").allowed


def test_a_service_message_with_an_offer_is_commercial() -> None:
    quiet = facts(consents=(GRANTED[1],))
    assert screen(quiet, action(commercial=False), now=NOW, pack=load_pack()).reason_code == "CO-01"
    gift = action(commercial=False, product=None, benefit_id="B1")
    assert screen(quiet, gift, now=NOW, pack=load_pack()).reason_code == "CO-01"


@pytest.mark.parametrize(
    ("records", "allowed"),
    [
        ([("*", True, 1)], True),
        ([("rm", True, 1)], True),
        ([("sms", True, 1)], False),
        ([("*", True, 1), ("*", False, 2)], False),
        ([("*", False, 1), ("*", True, 2)], True),
        ([("*", False, 1), ("rm", True, 2)], True),
        ([("rm", True, 1), ("*", False, 2)], False),
        ([("rm", False, 1), ("*", True, 2)], False),
        ([("rm", True, 1), ("*", False, 1)], False),
        ([("*", True, 1), ("*", False, 1)], False),
        ([("*", True, 999)], False),
    ],
)
def test_the_newest_consent_speaks_and_a_refusal_wins(records: list[tuple[str, bool, int]], allowed: bool) -> None:
    held = tuple(
        Consent(purpose="marketing", channel=channel, granted=state, at=LONG_AGO + timedelta(days=day))
        for channel, state, day in records
    )
    asked = facts(consents=(*held, GRANTED[1]))
    assert screen(asked, action(), now=NOW, pack=load_pack()).allowed is allowed


@pytest.mark.parametrize(
    ("utc", "allowed"), [((0, 59), False), ((1, 0), True), ((12, 59), True), ((13, 0), False), ((18, 0), False)]
)
def test_i4_contacts_leave_from_nine_to_twenty_one_in_the_customers_zone(utc: tuple[int, int], allowed: bool) -> None:
    at = datetime(2026, 11, 23, *utc, tzinfo=UTC)
    assert screen(facts(), action(), now=at, pack=load_pack(), stage="claim").allowed is allowed


def test_planning_asks_no_hours_no_words_and_no_stop() -> None:
    asked = facts(stopped=True), action(channel="sms", texts=None)
    assert screen(*asked, now=NIGHT, pack=load_pack(), stage="plan").allowed


def test_a_verdict_names_both_ratings_as_a_card_shows_them() -> None:
    verdict = screen(facts(), action(product=product(issuer_risk="R4")), now=NOW, pack=load_pack())
    hit = verdict.blocking[0]
    assert (hit.rule_id, hit.reason.zh, dict(hit.facts)) == ("SU-02", "R4 > C3", {"rating": "R4", "level": "C3"})


@pytest.mark.parametrize(
    ("said", "channel"),
    [
        (told("customer_angry", days_ago=90), "rm"),
        (told("customer_angry"), "app_push"),
        (told("customer_angry", days_ago=-1), "rm"),
        (told("already_here", days_ago=60), "rm"),
        (told("already_here", category="gold"), "rm"),
        (told("wrong_timing", until=date(2026, 11, 23)), "rm"),
        (told("wrong_timing", until=date(2027, 11, 23), category="gold"), "rm"),
        (told("not_interested", until=date(2027, 11, 23)), "rm"),
    ],
)
def test_what_was_said_of_something_else_or_long_ago_forbids_nothing(said: Told, channel: str) -> None:
    verdict = screen(facts(told=(said,)), action(channel=channel), now=NOW, pack=load_pack(), stage="claim")
    assert verdict.allowed, verdict.reason_code
