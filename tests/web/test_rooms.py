"""Whose rooms are whose: written out once more, role by role, and asked of the pages."""

from typing import Final

import pytest

from tests.web.conftest import LogIn
from wealthloop.access.models import Person, Role
from wealthloop.web.rooms import in_console, rooms_of

DESK: Final = {"rm", "remote_agent", "lobby_manager", "investment_adviser"}
CONSOLE: Final = {"strategy", "data", "product_manager", "consumer_protection", "compliance", "head"}
HOUSE: Final = {"reports", "feedback", "years", "strategies", "growth", "rhythm", "rules", "library", "incentives",
                "models", "segments", "bank"}  # fmt: skip
MINE: Final[dict[str, set[str]]] = {
    **{role: {"desk", "customers", "reports", "strategies"} for role in DESK},
    "branch_head": {"desk", "customers", "reports", "strategies", "feedback"},
    **dict.fromkeys(CONSOLE, HOUSE),
    "strategy": HOUSE | {"fairness"},
    **dict.fromkeys(("compliance", "head"), HOUSE | {"customers", "fairness"}),
    "technology": {"years", "strategies", "models", "bank"},
}


@pytest.mark.parametrize("role", Role)
def test_a_role_has_its_rooms_and_no_other(role: Role) -> None:
    rooms = {room.name for room in rooms_of(role, demonstration=False)}
    assert rooms == MINE[role]
    shown = {room.name for room in rooms_of(role, demonstration=True)} - rooms
    assert shown == ({"preview"} if role in {"compliance", "head"} else set())
    assert in_console(role) is (role in CONSOLE | {"technology"})


@pytest.mark.parametrize("role", ["branch_head", "technology", "data"])
def test_the_pages_let_in_whose_room_it_is_alone(role: str, log_in: LogIn) -> None:
    Person.objects.create(username="one", role=role, staff_id="S9", branch_id="B9")
    client = log_in("one")
    for room in ("strategies", "rules", "library", "incentives", "rhythm", "growth", "feedback"):
        assert client.get(f"/{room}/").status_code == (200 if room in MINE[role] else 403), room
    assert client.post("/library/reassessment/draft/").status_code == 403
    assert client.post("/growth/none/accept/").status_code == 403
