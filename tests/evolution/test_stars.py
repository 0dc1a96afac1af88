"""A manager is a star beyond chance alone, and the play becomes a draft that credits its author."""

import pytest
from django.db import transaction

from tests.evolution.growing import NOW, Bank, root
from wealthloop.delivery.models import Card, CardState, Intent, IntentState
from wealthloop.delivery.sequence import next_sequence
from wealthloop.errors import InvalidInput, NotFound
from wealthloop.evolution.stars import capture, star_of, stars

CARDS = 60


def work(staff_id: str, *, won: int, trigger: str = "large_inflow", cards: int = CARDS) -> None:
    """Let a manager work on cards, of which the first so many are won."""
    with transaction.atomic():
        for number in range(cards):
            name = f"{staff_id}-{trigger}-{number}"
            intent = Intent.objects.create(
                intent_id=name, run_id="r", strategy_id="fund", strategy_version=1, customer_id=name, channel="rm",
                step=name, staff_id=staff_id, lead_id=name, content={}, content_hash="h", approval_hash="h",
                consent_snapshot={}, not_before=NOW, not_after=NOW, state=IntentState.SENT, created_at=NOW,
            )  # fmt: skip
            Card.objects.create(
                intent=intent, sequence=next_sequence(), customer_id=name, staff_id=staff_id,
                content={"trigger": trigger}, created_at=NOW, sent_on=NOW.date(), expires_on=NOW.date(), rank=1,
                claimed_at=NOW, claimed_by=staff_id, state=CardState.WON if number < won else CardState.CLOSED,
            )  # fmt: skip


def test_the_one_who_wins_beyond_chance_is_found(bank: Bank) -> None:
    bank.launch(root())
    work("S1", won=25)
    for other in ("S2", "S3", "S4", "S5"):
        work(other, won=8)
    (star,) = stars()
    assert (star.staff_id, star.worked, star.won, star.trigger) == ("S1", CARDS, 25, "large_inflow")
    assert star.expected == pytest.approx(CARDS * 32.5 / 241)


def test_easy_moments_make_no_star(bank: Bank) -> None:
    """S1 works at the moment at which everybody wins, the others mostly at another."""
    bank.launch(root())
    work("S1", won=30)
    for other in ("S2", "S3", "S4"):
        work(other, won=5, cards=10)
        work(other, won=3, trigger="funds_idle")
    assert stars() == []


def test_too_few_cards_make_no_star(bank: Bank) -> None:
    bank.launch(root())
    work("S1", won=20, cards=25)
    work("S2", won=2)
    assert stars() == []


def test_a_play_is_captured_with_its_author(bank: Bank) -> None:
    bank.launch(root())
    work("S1", won=25)
    work("S2", won=8)
    document = capture(star_of("S1", "fund"), strategy_id="play-of-s1")
    assert (document.credit, document.triggers, document.parent) == ("S1", ("large_inflow",), None)
    assert document.plan_channels == ("rm",)
    assert bank.launch(document) == 1
    with pytest.raises(NotFound, match="S2"):
        star_of("S2", "fund")


def test_a_strategy_without_managers_holds_no_play(bank: Bank) -> None:
    quiet = root()
    steps = tuple(step for step in quiet.channels if step.channel != "rm")
    bank.launch(quiet.model_copy(update={"channels": steps, "effect_prior": {"wecom": quiet.effect_prior["wecom"]}}))
    work("S1", won=25)
    work("S2", won=8)
    with pytest.raises(InvalidInput, match="managers"):
        capture(star_of("S1", "fund"), strategy_id="play")
