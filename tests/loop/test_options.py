"""What may be done: channels in their turn, the audience, reachable products, the rules."""

from pathlib import Path

import pytest

from tests.loop.makers import CASH, around, home_in, lead, night_of, profile, running
from tests.policies.build import facts, product
from wealthloop.engines import DuckDBEngine
from wealthloop.loop.options import Possible, Surroundings, possible_contacts
from wealthloop.loop.types import Night
from wealthloop.strategies.life import Running

SALARY = running("idle-salary")
"""app_push at once, sms after 2 days, wechat 2 days later, ai_call (switched off) 3 days later."""
MATURITY = running("maturity-care")
FIXED_PLUS = product(product_id="PLUS", category="fixed_income_plus_wm")
FIXED = product(product_id="FIXED", category="fixed_income_wm")


@pytest.fixture
def night(tmp_path: Path, engine: DuckDBEngine) -> Night:
    return night_of(home_in(tmp_path), engine)


def found(night: Night, strategy: Running, known: Surroundings, *, age_days: int = 0) -> list[Possible]:
    return possible_contacts(night, [lead(trigger=strategy.document.triggers[0], age_days=age_days)], [strategy], known)


def channels(night: Night, known: Surroundings, *, age_days: int) -> list[str]:
    return [one.channel for one in found(night, SALARY, known, age_days=age_days)]


@pytest.mark.parametrize(
    ("age_days", "wanted"),
    [
        (0, ["app_push"]),
        (1, ["app_push"]),
        (2, ["app_push", "sms"]),
        (3, ["app_push", "sms"]),
        (4, ["app_push", "sms", "wechat"]),
    ],
)
def test_each_channel_waits_its_days_after_the_one_before(night: Night, age_days: int, wanted: list[str]) -> None:
    assert channels(night, around(), age_days=age_days) == wanted


def test_a_first_channel_that_is_closed_to_the_customer_makes_nobody_wait(night: Night) -> None:
    known = around(who=facts(bound=frozenset({"sms", "wechat"})))
    assert channels(night, known, age_days=0) == ["sms"]
    assert channels(night, known, age_days=2) == ["sms", "wechat"]


def test_a_strategy_may_wait_before_it_begins(night: Night) -> None:
    steps = tuple(step.model_copy(update={"wait_days": 2}) for step in SALARY.document.channels)
    late = running("idle-salary", channels=steps)
    assert [[one.channel for one in found(night, late, around(), age_days=age)] for age in (1, 2, 4)] == [
        [], ["app_push"], ["app_push", "sms"],
    ]  # fmt: skip


def test_a_middle_channel_that_is_closed_to_the_customer_makes_nobody_wait(night: Night) -> None:
    known = around(who=facts(bound=frozenset({"app_push", "wechat"})))
    assert channels(night, known, age_days=1) == ["app_push"]
    assert channels(night, known, age_days=2) == ["app_push", "wechat"]


def test_a_customer_whom_no_channel_reaches_has_no_option(night: Night) -> None:
    assert channels(night, around(who=facts(bound=frozenset())), age_days=9) == []


@pytest.mark.parametrize(
    "described",
    [
        profile(tier="private"),
        profile(lifecycle="lost"),
        profile(available_now=99_999),
        profile(available_now=None),
    ],
)
def test_who_is_not_in_the_audience_has_no_option(night: Night, described: dict[str, object]) -> None:
    assert found(night, SALARY, around(described=described)) == []


def test_a_product_beyond_the_funds_of_thirty_days_is_passed_over(night: Night) -> None:
    known = around(FIXED_PLUS, FIXED, min_amounts={"PLUS": 12_000_001, "FIXED": 12_000_000})
    assert [one.product for one in found(night, MATURITY, known)] == [FIXED]


def test_the_categories_of_the_document_set_the_order_and_the_id_breaks_ties(night: Night) -> None:
    other = product(product_id="AA", category="fixed_income_wm")
    known = around(FIXED, other, FIXED_PLUS)
    assert [one.product for one in found(night, MATURITY, known)] == [FIXED_PLUS]
    assert [one.product for one in found(night, MATURITY, around(FIXED, other))] == [other]


def test_a_product_that_the_rules_refuse_gives_way_to_the_next(night: Night) -> None:
    risky = product(product_id="PLUS", category="fixed_income_plus_wm", issuer_risk="R4")
    assert [one.product for one in found(night, MATURITY, around(risky, FIXED))] == [FIXED]
    assert found(night, MATURITY, around(risky)) == []


def test_a_card_needs_a_manager_and_the_remote_desk_none(night: Night) -> None:
    assert found(night, MATURITY, around(FIXED))[0].staff_id == "S1"
    without = found(night, MATURITY, around(FIXED, described=profile(staff_id=None)))
    assert [one.channel for one in without] == ["remote_agent"]


def test_a_lead_whose_customer_has_no_profile_waits(night: Night) -> None:
    known = around()
    assert possible_contacts(night, [lead("C2"), lead("C1")], [SALARY], known)[0].customer_id == "C1"


def test_every_strategy_that_answers_makes_its_own_option_with_the_verdict_that_allows_it(night: Night) -> None:
    other = running("idle-salary", daily_maximum=7)
    made = possible_contacts(night, [lead()], [SALARY, other], around(CASH))
    assert [one.strategy for one in made] == [SALARY, other]
    assert all(one.verdict.allowed and one.verdict.hits for one in made)
