"""What is read of feedback: what counts, up to when, and of whom."""

from datetime import UTC, datetime, time, timedelta

import pytest

from tests.delivery.makers import NOW, TODAY
from tests.feedback.makers import do, lay, work
from wealthloop.delivery import cards
from wealthloop.delivery.transitions import Outcome
from wealthloop.feedback.said import Scores, done_already, reached_of, said, scores, told
from wealthloop.policies.facts import CHINA
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
    assert done_already(NOW, CHINA) == {}
    assert scores(before=SOON) == {}
    assert done_already(SOON, CHINA) == {("C1", "deposit_maturing"): TODAY}


@pytest.mark.parametrize("at_once", [0, 900])
def test_the_rules_are_told_the_category_and_the_day_to_wait_for(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr("wealthloop.feedback.said._AT_ONCE", at_once)
    work(lay("C3"), "customer_angry")
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


def test_a_card_that_was_taken_up_without_reaching_anybody_is_not_reached() -> None:
    cards.claim(lay(), person="s1", staff_id="S1", request_id="r", now=NOW, zone=CHINA)
    assert scores(before=SOON) == {}
    assert reached_of("maturity-care", 1, before=SOON) == []


def test_the_cards_that_were_reached_are_those_of_the_version_each_once() -> None:
    first, second = lay(), lay(version=2)
    for card in (first, second, lay(strategy_id="stay-close", version=2)):
        work(card)
    assert [one.card_id for one in reached_of("maturity-care", 2, before=SOON)] == [second]
    cell = ("maturity-care", "P1", "deposit_maturing")
    assert scores(before=SOON)[cell] == Scores(silent=2)


def test_each_reached_card_counts_once_and_a_bad_word_outweighs_a_good_one() -> None:
    praised, blamed, neutral, later = (lay() for _ in range(4))
    for card in (praised, blamed, neutral, later):
        work(card)
    for card, code in (
        (praised, "good_lead"),
        (blamed, "good_lead"),
        (blamed, "wrong_facts"),
        (neutral, "duplicate"),
    ):
        do(card, Outcome.FEEDBACK, code=code)
    do(later, Outcome.FEEDBACK, code="wrong_facts", now=SOON)
    do(neutral, Outcome.FEEDBACK, code="wrong_product")  # does not fit, and is held
    do(praised, Outcome.REACHED)
    assert scores(before=SOON) == {("maturity-care", "P1", "deposit_maturing"): Scores(good=1, bad=1, silent=2)}


def test_the_newest_word_that_a_thing_is_done_counts_while_leads_of_that_time_live() -> None:
    work(lay(), "already_here", now=NOW - timedelta(days=93))
    assert done_already(NOW, CHINA) == {}
    card = lay()
    work(card, "already_here", now=NOW - timedelta(days=5))
    work(lay(), "already_elsewhere", now=NOW - timedelta(days=2))
    assert done_already(NOW, CHINA) == {("C1", "deposit_maturing"): TODAY - timedelta(days=2)}


def test_a_word_of_the_banks_early_morning_is_of_that_day() -> None:
    early = datetime.combine(TODAY, time(22), UTC)  # 06:00 of the next day there
    work(lay(), "already_here", now=early)
    assert done_already(early, CHINA) == {("C1", "deposit_maturing"): TODAY + timedelta(days=1)}
