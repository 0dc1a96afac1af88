"""What is read of feedback: what counts, up to when, and of whom."""

from datetime import timedelta

import pytest

from tests.delivery.makers import NOW, TODAY
from tests.feedback.makers import do, lay, work
from wealthloop.delivery.transitions import Outcome
from wealthloop.feedback.said import done_already, reached_cards, said, told
from wealthloop.policies.types import Told

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(seconds=1)
CATEGORY_OF = {"P1": "bond_fund"}


def test_i13_a_code_that_is_held_speaks_of_nothing() -> None:
    card = lay()
    work(card, "customer_angry")
    do(card, Outcome.FEEDBACK, code="customer_angry")
    do(card, Outcome.FEEDBACK, code="of an older page")
    assert [one.code for one in said(before=SOON)] == ["customer_angry"]
    assert [one.code for one in told(["C1"], now=NOW, category_of=CATEGORY_OF)["C1"]] == ["customer_angry"]


def test_i15_what_is_said_later_is_not_known_yet() -> None:
    work(lay(), "already_here", now=SOON)
    assert said(before=SOON) == []
    assert told(["C1"], now=NOW, category_of=CATEGORY_OF) == {}
    assert done_already(NOW) == {}
    assert reached_cards(before=SOON) == {}
    assert done_already(SOON) == {("C1", "deposit_maturing"): TODAY}


def test_the_rules_are_told_the_category_and_the_day_to_wait_for() -> None:
    until = TODAY + timedelta(days=30)
    work(lay(), "wrong_timing", not_before=until)
    work(lay(product_id="gone"), "customer_angry")
    assert told(["C1", "C2"], now=NOW, category_of=CATEGORY_OF) == {
        "C1": (
            Told(code="wrong_timing", at=NOW, category="bond_fund", not_before=until),
            Told(code="customer_angry", at=NOW, category=None, not_before=None),
        )
    }


def test_what_was_said_of_one_version_is_read_alone() -> None:
    work(lay(), "good_lead")
    work(lay(version=2), "wrong_words")
    work(lay(strategy_id="stay-close", version=2), "duplicate")
    assert [one.code for one in said(before=SOON, strategy_id="maturity-care", version=2)] == ["wrong_words"]
    assert [one.code for one in said(before=SOON, strategy_id="maturity-care")] == ["good_lead", "wrong_words"]
