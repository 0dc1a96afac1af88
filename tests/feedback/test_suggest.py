"""What codes suggest for the next version: only what is surely common, and always a document that stands."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.delivery.makers import NOW, TODAY
from tests.feedback.makers import do, lay, work
from tests.loop.makers import AT_WORK
from wealthloop.delivery.transitions import Outcome
from wealthloop.feedback.said import said
from wealthloop.feedback.suggest import LEAST_CARDS, Suggestion, drafted, suggestions
from wealthloop.strategies import life
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.load import shipped

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(seconds=1)


@pytest.fixture
def care() -> Strategy:
    return submitted("maturity-care")


def submitted(strategy_id: str) -> Strategy:
    document = next(one for one in shipped() if one.id == strategy_id)
    life.submit(document, "li", AT_WORK)
    return document


def speak(
    code: str,
    blamed: int,
    cards: int,
    *,
    product: str = "P1",
    trigger: str = "deposit_maturing",
    not_before: date | None = None,
    strategy_id: str = "maturity-care",
) -> None:
    for number in range(cards):
        card = lay(f"C{number}", product_id=product, trigger=trigger, strategy_id=strategy_id)
        given: dict[str, Any] = {"not_before": not_before} if number < blamed else {}
        work(card, code if number < blamed else "", **given)


def found(care: Strategy) -> list[Suggestion]:
    first, second = (*care.offer.categories, *care.offer.alternatives)[:2]
    return suggestions(care.id, 1, before=SOON, category_of={"P1": first, "P2": second})


def test_a_category_that_is_surely_often_wrong_is_dropped(care: Strategy) -> None:
    speak("wrong_product", 12, 24)
    speak("wrong_product", 6, 24, product="P2")
    (one,) = found(care)
    wrong = care.offer.all_categories[0]
    assert (one.kind in ("drop_category", "prefer_alternative"), one.subject) == (True, wrong)
    assert (one.cards, one.blamed, one.share, one.codes) == (24, 12, 0.5, ("wrong_product",))
    assert (one.low, one.high) == pytest.approx((0.3143, 0.6857), abs=5e-4)
    assert wrong not in drafted(care, [one]).offer.all_categories


def test_nothing_is_suggested_of_few_cards(care: Strategy) -> None:
    speak("wrong_product", LEAST_CARDS - 1, LEAST_CARDS - 1)
    assert found(care) == []
    speak("wrong_product", 1, 1)
    assert [one.cards for one in found(care)] == [LEAST_CARDS]


def test_a_card_that_two_codes_blame_is_blamed_once(care: Strategy) -> None:
    speak("already_here", 12, 24)
    for one in said(before=SOON):
        do(one.card_id, Outcome.FEEDBACK, code="already_elsewhere")
    (fault,) = found(care)
    assert (fault.kind, fault.cards, fault.blamed) == ("look_at", 24, 12)
    assert fault.codes == ("already_here", "already_elsewhere")


def test_an_alternative_is_dropped_from_the_alternatives_and_the_surest_fault_stands_first(care: Strategy) -> None:
    speak("wrong_product", 20, 24, product="P2")
    speak("wrong_words", 12, 24, product="gone", trigger="large_inflow")
    first, second = found(care)
    assert (first.kind, [edit.path for edit in first.edits]) == ("drop_category", [("offer", "alternatives")])
    assert drafted(care, [first]).offer.alternatives == care.offer.alternatives[1:]
    assert (second.kind, second.low < first.low) == ("write_anew", True)


def test_anger_makes_the_strategy_call_less_and_says_so_once(care: Strategy) -> None:
    speak("customer_angry", 4, 40)
    (one,) = found(care)
    draft = drafted(care, [one])
    assert (one.kind, len(draft.caps)) == ("call_less", len(care.caps) + 1)
    life.submit(draft, "li", AT_WORK)
    speak_of_second = [lay(f"D{number}", version=2) for number in range(40)]
    for card in speak_of_second:
        work(card, "customer_angry")
    assert suggestions(care.id, 2, before=SOON, category_of={}) == []


def test_a_wrong_moment_waits_or_drops_the_trigger_and_the_draft_stands(care: Strategy) -> None:
    speak("wrong_timing", 20, 24, not_before=TODAY + timedelta(days=9))
    (one,) = found(care)
    draft = drafted(care, [one])
    place = next((i for i, step in enumerate(care.channels) if step.channel in ("rm", "remote_agent")), 0)
    if place:
        assert one.kind == "wait_longer"
        assert draft.channels[place].wait_days == min(30, care.channels[place].wait_days + 9)
    else:
        assert one.kind in ("drop_trigger", "look_at")
        assert (draft != care) == (one.kind == "drop_trigger")


def test_people_wait_as_long_as_half_of_those_ask_who_name_a_day_and_thirty_days_at_most() -> None:
    revival = submitted("dormant-revival")
    given = {"trigger": "dormant_login", "strategy_id": "dormant-revival"}
    for days, many in ((40, 9), (3, 11)):
        speak("wrong_timing", many, many, not_before=TODAY + timedelta(days=days), **given)
    wait = revival.channels[3].wait_days
    (one,) = found(revival)
    assert (one.kind, drafted(revival, [one]).channels[3].wait_days) == ("wait_longer", wait + 3)
    speak("wrong_timing", 20, 20, not_before=TODAY + timedelta(days=40), **given)
    (one,) = found(revival)
    assert drafted(revival, [one]).channels[3].wait_days == 30


def test_the_only_occasion_of_a_strategy_is_never_dropped() -> None:
    revival = submitted("dormant-revival")
    speak("wrong_timing", 20, 20, trigger="dormant_login", strategy_id="dormant-revival")
    (one,) = found(revival)
    assert (one.kind, one.edits) == ("look_at", ())


def test_words_are_for_a_person_to_write(care: Strategy) -> None:
    speak("wrong_words", 10, 40)
    (one,) = found(care)
    assert (one.kind, one.edits) == ("write_anew", ())
    assert drafted(care, [one]) == care
