"""Load and value by desk, how unequal they are, who envies whom by what, branches, and whom contacts reached."""

from statistics import quantiles

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledger.rows import decisions
from wealthloop.reports.envy import envy, spread
from wealthloop.reports.fairness import Contact, Desk, Held, branches, contacts_of, desks, had_room, reached

STAFF = {"S1": "north", "S2": "north", "S3": "south"}
HELD = {
    "A": Held(staff_id="S1", branch_id="north"), "B": Held(staff_id="S1", branch_id="north"),
    "C": Held(staff_id="S2", branch_id="north"), "D": Held(staff_id=None, branch_id="south"),
    "E": Held(staff_id="S3", branch_id=None),
}  # fmt: skip


def card(customer: str | None, staff: str | None, value: int, *, channel: str = "rm", released: bool = True) -> Contact:
    return Contact(customer_id=customer, channel=channel, staff_id=staff, value=value, released=released)


def desk(staff: str, *values: int, room: int | None = 10, branch: str | None = "north") -> Desk:
    return Desk(
        staff_id=staff, branch_id=branch, room=room, planned=len(values), cards=len(values), value=sum(values),
        book=5, touched=0,
    )  # fmt: skip


def test_a_desk_has_what_was_released_to_it_and_its_book_is_touched_through_any_channel() -> None:
    given_out = [
        card("A", "S1", 300), card("B", "S1", 900, released=False), card("B", None, 40, channel="sms"),
        card("C", "S2", 100), card("A", None, 20, channel="sms"), card(None, "S1", 50),
    ]  # fmt: skip
    first, second, third = desks(given_out, STAFF, {"S1": 4, "S2": 1}, HELD)
    assert first == Desk(
        staff_id="S1", branch_id="north", room=4, planned=3, cards=2, value=350, book=2, touched=2
    )  # fmt: skip
    assert (first.load, first.value_per_card, first.share_touched) == (0.5, 175.0, 1.0)
    assert (second.load, second.share_touched) == (1.0, 1.0)
    assert (third.room, third.load, third.value_per_card, third.share_touched) == (0, None, None, 0.0)
    assert [one.staff_id for one in had_room([first, second, third])] == ["S1", "S2"]
    unknown = desks(given_out, STAFF, None, HELD)
    assert {one.load for one in unknown} == {None}
    assert had_room(unknown) == unknown


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 5_000), min_size=2, max_size=40))
def test_the_spread_is_that_of_every_pair_and_of_the_standard_librarys_quantiles(figures: list[int]) -> None:
    found, values = spread(figures), np.array(figures, dtype=float)
    assert found.desks == len(figures)
    if values.sum() == 0:
        assert found.gini is None
    else:
        pairs = np.abs(values[:, None] - values[None, :]).mean()
        assert found.gini == pytest.approx(pairs / (2 * values.mean()), abs=1e-12)
    tenths = quantiles(figures, n=10, method="inclusive")
    if tenths[0] > 0:
        assert found.ninety_to_ten == pytest.approx(tenths[8] / tenths[0])
    else:
        assert found.ninety_to_ten is None


@pytest.mark.parametrize("figures", [[], [0, 0], [-5, 10]])
def test_what_cannot_be_divided_has_no_gini(figures: list[int]) -> None:
    assert spread(figures).gini is None


@pytest.mark.parametrize(
    ("own", "other", "envies"),
    [
        (desk("S1", 100, 100), desk("S2", 111, 111), True),
        (desk("S1", 100, 100), desk("S2", 110, 110), False),
        (desk("S1", 100, 100), desk("S2", 300), True),
        (desk("S1", 100, 100), desk("S2", 300, 300, 300), False),
        (desk("S1", 100, 100), desk("S2", 300, 300, 300, room=15), True),
        (desk("S1", 100, 100), desk("S2", 300, branch="south"), False),
        (desk("S1", 100, 100, branch=None), desk("S2", 300, branch=None), False),
        (desk("S1"), desk("S2", 300), False),
        (desk("S1", 100, room=None), desk("S2", 300, room=None), False),
    ],
)
def test_envy_is_of_dearer_cards_in_the_same_branch_at_no_more_load(own: Desk, other: Desk, envies: bool) -> None:
    assert ([one.staff_id for one in envy([own, other], [], {})] == ["S1"]) is envies


def test_the_most_envied_colleague_is_named() -> None:
    found = envy([desk("S1", 100), desk("S2", 200), desk("S3", 900)], [], {})
    assert [(one.staff_id, one.envied) for one in found] == [("S1", "S3"), ("S2", "S3")]


@pytest.mark.parametrize(
    ("holder", "values", "movable", "beyond"),
    [
        ("S2", (400, 300), 0, False),
        (None, (400, 300), 2, True),
        (None, (700, 50), 2, False),
        ("S1", (400, 300), 2, True),
    ],
)
def test_only_cards_outside_the_colleagues_book_make_envy_that_the_plan_might_have_spared(
    holder: str | None, values: tuple[int, ...], movable: int, beyond: bool
) -> None:
    held = {f"X{at}": Held(staff_id=holder, branch_id="north") for at in range(len(values))}
    theirs = [card(f"X{at}", "S2", value) for at, value in enumerate(values)]
    ignored = [card("X0", "S2", 999, released=False), card("X0", None, 999, channel="remote_agent")]
    (found,) = envy([desk("S1", 100, 100), desk("S2", *values)], [*theirs, *ignored], held)
    assert (found.movable, found.beyond_one) == (movable, beyond)


def test_branches_have_their_customers_contacts_and_value_by_the_thousand() -> None:
    given_out = [card("A", "S1", 300), card("C", "S2", 100, released=False), card("E", "S3", 9), card(None, "S1", 7)]
    north, south = branches(given_out, HELD)
    assert (north.branch_id, north.customers, north.planned, north.contacts, north.value) == ("north", 3, 2, 1, 300)
    assert (north.contacts_per_thousand, north.value_per_thousand) == (1000 / 3, 100_000)
    assert (south.customers, south.contacts, south.value_per_thousand) == (1, 0, 0)


def test_whom_contacts_reached_is_counted_once_and_by_channel() -> None:
    given_out = [
        card("D", None, 1, channel="sms"), card("D", None, 1, channel="remote_agent"),
        card("E", None, 1, channel="sms"),
        card("A", None, 1, channel="sms", released=False), card("C", None, 1, channel="sms"),
    ]  # fmt: skip
    assert reached(given_out, ["A", "D", "E"]) == (2, {"sms": 2, "remote_agent": 1})


def test_imported_decisions_are_of_no_night() -> None:
    table = decisions("run1", n=4)
    rows = table.to_pylist()
    rows[0]["disposition"], rows[1]["disposition"], rows[2]["disposition"] = "imported_sent", "withheld", "released"
    found = contacts_of(table.from_pylist(rows[:3], table.schema), {rows[2]["person_key"]: "A"})
    assert [(one.customer_id, one.released) for one in found] == [(None, False), ("A", True)]
