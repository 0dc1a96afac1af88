"""Whose work is picked: shares with intervals, beside the order shown, and nothing of small counts."""

from datetime import date, timedelta

import numpy as np
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from tests.delivery.makers import NOW, TODAY
from tests.feedback.makers import lay
from wealthloop.delivery import cards as desk
from wealthloop.feedback.picking import LEAST, Shown, _difference, by_decile, by_person, by_tier, shown
from wealthloop.policies.facts import CHINA


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


def test_the_odd_card_of_a_days_list_is_of_its_first_half_and_wealth_is_rich() -> None:
    days = [TODAY - timedelta(days=back) for back in range(20)]
    (found,) = by_person([
        Shown(staff_id="S1", tier="wealth" if place else "mass", rank=9 - place, sent_on=day, worked=place < 2)
        for day in days
        for place in range(3)
    ])  # fmt: skip
    assert found.first is not None
    assert found.first[0] == pytest.approx(1.0)
    assert found.richer is not None
    assert found.richer[0] == pytest.approx(0.0)


def test_a_side_of_fewer_than_ten_cards_is_compared_with_nothing() -> None:
    (found,) = by_person(cards(("private", 5, LEAST - 6), ("mass", 9, 21)))
    assert found.worked.share is not None
    assert found.richer is None


def test_the_interval_of_one_list_is_that_of_agresti_and_caffo() -> None:
    first, second = cards(("mass", 17, 5)), cards(("mass", 8, 11))
    found = _difference([(first, second)])
    known = confint_proportions_2indep(17, 22, 8, 19, compare="diff", method="agresti-caffo")
    assert found is not None
    assert found[0] == pytest.approx(17 / 22 - 8 / 19)
    assert found[1:] == pytest.approx(known)


def test_halves_of_unequal_size_are_weighed_by_mantel_and_haenszel_and_the_interval_covers() -> None:
    strata = [(cards(("mass", 12, 3)), cards(("mass", 6, 4))), (cards(("mass", 4, 30)), cards(("mass", 9, 41)))]
    found = _difference(strata)
    weights = [15 * 10 / 25, 34 * 50 / 84]
    assert found is not None
    assert found[0] == pytest.approx(np.average([12 / 15 - 6 / 10, 4 / 34 - 9 / 50], weights=weights))
    source, held = np.random.default_rng(4), 0
    sizes, rates = ((15, 10), (20, 30)), ((0.7, 0.5), (0.3, 0.1))
    for _ in range(400):
        drawn = source.binomial(sizes, rates).tolist()
        pairs = [
            tuple(cards(("mass", many, size - many)) for many, size in zip(row, of, strict=True))
            for row, of in zip(drawn, sizes, strict=True)
        ]
        one = _difference(pairs)  # type: ignore[arg-type]
        assert one is not None
        held += one[1] <= 0.2 <= one[2]
    assert 0.93 <= held / 400 <= 0.99


@pytest.mark.django_db
def test_a_card_that_may_still_be_taken_up_is_not_held_against_anybody() -> None:
    lay(tier="private")
    lay(tier="private", sent_on=TODAY - timedelta(days=10))
    old = lay(sent_on=TODAY - timedelta(days=20))
    taken = lay(tier="mass", staff_id="S2")
    desk.claim(taken, person="s2", staff_id="S2", request_id="r", now=NOW, zone=CHINA)
    found = shown(None, since=TODAY - timedelta(days=30), until=TODAY)
    assert {(one.staff_id, one.tier, one.worked) for one in found} == {("S1", "wealth", False), ("S2", "mass", True)}
    assert [one.staff_id for one in shown(["S2"], since=TODAY, until=TODAY)] == ["S2"]
    assert shown([], since=TODAY, until=TODAY) == []
    assert old
