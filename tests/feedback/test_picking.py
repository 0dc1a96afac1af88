"""Whose work is picked: shares with intervals, beside the order shown, and nothing of small counts."""

from datetime import date, timedelta

import pytest

from tests.delivery.makers import NOW, TODAY
from tests.feedback.makers import lay
from wealthloop.delivery import cards as desk
from wealthloop.feedback.picking import LEAST, Shown, by_decile, by_person, by_tier, shown


def cards(*groups: tuple[str, int, int], staff_id: str = "S1", rank: int = 1_000, day: date = TODAY) -> list[Shown]:
    """Return cards of tiers: (tier, worked, left alone)."""
    return [
        Shown(staff_id=staff_id, tier=tier, rank=rank, sent_on=day, worked=number < worked)
        for tier, worked, left in groups
        for number in range(worked + left)
    ]


def test_shares_fall_with_value_where_people_work_from_the_top() -> None:
    found = by_decile([
        Shown(staff_id="S1", tier="mass", rank=1000 - i, sent_on=TODAY, worked=i < 50) for i in range(100)
    ])  # fmt: skip
    assert [one.share for one in found] == [1.0] * 5 + [0.0] * 5
    assert [one.cards for one in found] == [10] * 10
    assert (found[0].low, found[0].high) == pytest.approx((0.7225, 1.0), abs=1e-4)


def test_i19_nothing_is_said_of_fewer_than_ten_cards() -> None:
    few, enough = cards(("mass", 9, 0)), cards(("wealth", 5, LEAST - 5))
    assert [(one.name, one.share) for one in by_tier(few + enough)] == [("mass", None), ("wealth", 0.5)]
    (person,) = by_person(few)
    assert (person.worked.share, person.richer, person.first) == (None, None, None)


def test_who_takes_the_rich_at_equal_place_is_shown_and_who_follows_the_list_is_not() -> None:
    picks, follows = [], []
    for back in range(40):
        day = TODAY - timedelta(days=back)
        for place in range(4):
            tier = ("private", "mass")[place % 2]
            given = {"tier": tier, "rank": 100 - place, "sent_on": day}
            picks.append(Shown(staff_id="P", worked=tier == "private", **given))  # type: ignore[arg-type]
            follows.append(Shown(staff_id="F", worked=place < 2, **given))  # type: ignore[arg-type]
    follower, picker = by_person(picks + follows)
    assert picker.richer is not None
    assert picker.richer[0] == pytest.approx(1.0)
    assert picker.richer[1] > 0.9
    assert picker.first is not None
    assert picker.first[0] == pytest.approx(0.0)
    assert follower.richer is not None
    assert follower.richer[0] == pytest.approx(0.0)
    assert follower.first is not None
    assert follower.first[0] == pytest.approx(1.0)


@pytest.mark.django_db
def test_a_card_that_may_still_be_taken_up_is_not_held_against_anybody() -> None:
    lay(tier="private")
    old = lay(sent_on=TODAY - timedelta(days=20))
    taken = lay(tier="mass", staff_id="S2")
    desk.claim(taken, person="s2", staff_id="S2", request_id="r", now=NOW)
    found = shown(None, since=TODAY - timedelta(days=30), until=TODAY)
    assert {(one.staff_id, one.tier, one.worked) for one in found} == {("S1", "wealth", False), ("S2", "mass", True)}
    assert [one.staff_id for one in shown(["S2"], since=TODAY, until=TODAY)] == ["S2"]
    assert shown([], since=TODAY, until=TODAY) == []
    assert old
