"""What a night leaves: neither its blind plan's nor its refills', and nothing of what markets have for themselves."""

from collections.abc import Sequence
from datetime import date, time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.delivery.makers import NOW, new_intent
from tests.loop.makers import AS_OF, home_in
from tests.loop.test_markets import rule
from wealthloop import ledger
from wealthloop.access.keys import person_keys
from wealthloop.delivery import outbox
from wealthloop.errors import NotFound
from wealthloop.kit import opening
from wealthloop.ledger import DECISIONS, PRICES, Disposition
from wealthloop.loop.hours import Hour
from wealthloop.loop.limits import NO_LIMITS, Limits
from wealthloop.loop.room import room_after, room_by_hour
from wealthloop.policies.facts import CHINA
from wealthloop.strategies.designs import StandingDesign

MONDAY = date(2026, 11, 23)
RELEASED, WITHHELD = Disposition.RELEASED, Disposition.WITHHELD


def decision(number: int, kind: Disposition, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "decision_id": f"d{number}", "run_id": "night", "as_of": AS_OF, "person_key": f"p{number}", "strategy_id": "a",
        "strategy_version": 1, "arm": "x", "arm_share": 0.5, "treated": kind == RELEASED, "disposition": kind,
        "channel": "sms", "refill": False, "propensity": 1.0, "cost": 50,
    } | changes  # fmt: skip


def left(
    folder: Path,
    *rows: dict[str, Any],
    limits: Limits = NO_LIMITS,
    capacities: dict[str, int],
    used: dict[str, int],
    designs: Sequence[StandingDesign] = (),
) -> dict[str, int]:
    home = home_in(folder)
    prices = [
        {"resource": name, "capacity": units, "used": used.get(name, 0), "price": 0.0}
        for name, units in capacities.items()
    ]
    ledger.write_prices(home, "night", pa.Table.from_pylist(prices, schema=PRICES))
    ledger.write(home, "night", pa.Table.from_pylist(list(rows), schema=DECISIONS))
    return room_after(home, "night", designs, limits)


@pytest.mark.parametrize(
    ("rows", "sms"),
    [
        ([(RELEASED, {})], 9),
        ([(WITHHELD, {})], 9),
        ([(WITHHELD, {"held_by": "universal/2026Q4"})], 9),
        ([(WITHHELD, {}), (RELEASED, {"refill": True})], 9),
        ([(WITHHELD, {}), (WITHHELD, {"refill": True})], 9),
        ([(WITHHELD, {}), (RELEASED, {"refill": True}), (RELEASED, {"refill": True})], 8),
        ([(WITHHELD, {"held_by": "universal/2026Q4"}), (RELEASED, {"refill": True})], 8),
        ([(RELEASED, {"channel": "rm", "staff_id": "S1"})], 10),
    ],
)
def test_the_blind_plan_and_what_took_freed_slots_are_taken(
    tmp_path: Path, rows: list[tuple[Disposition, dict[str, Any]]], sms: int
) -> None:
    made = [decision(number, kind, **changes) for number, (kind, changes) in enumerate(rows)]
    capacities = {"volume:sms": 10, "rm:S1": 1, "strategy:a": 20}
    found = left(tmp_path, *made, capacities=capacities, used={})
    assert found["volume:sms"] == sms
    assert found["rm:S1"] == 1 - sum(row["channel"] == "rm" for row in made)


def test_money_and_what_catalogues_hold_are_taken_by_the_blind_plan_and_by_all_refills(tmp_path: Path) -> None:
    rows = [decision(0, WITHHELD), decision(1, RELEASED, refill=True), decision(2, RELEASED, refill=True, cost=30)]
    capacities = {"volume:sms": 10, "strategy:a": 20, "budget": 200, "spend:a": 100, "benefit:B": 5}
    found = left(tmp_path, *rows, capacities=capacities, used={"budget": 50, "spend:a": 50, "benefit:B": 1})
    assert (found["budget"], found["spend:a"], found["benefit:B"]) == (200 - 50 - 80, 0, 5 - 1 - 2)


@pytest.mark.django_db
def test_a_households_contacts_are_all_taken_and_a_branchs_as_those_of_channels(tmp_path: Path) -> None:
    keys = person_keys(["C0", "C1", "C2", "C3"])
    rows = [
        decision(0, WITHHELD, person_key=keys["C0"]),
        decision(1, RELEASED, person_key=keys["C1"], refill=True),
        decision(2, RELEASED, person_key=keys["C2"], market="random_action/2026Q4/platform"),
        decision(3, RELEASED, person_key=keys["C3"]),
    ]
    takes = dict.fromkeys(("C0", "C1", "C2"), ("household:H1", "branch:B1"))
    limits = Limits(takes=takes, room={"household:H1": 9, "household:H2": 9, "branch:B1": 9})
    kept = {"volume:sms": 10, "strategy:a": 20, "household:H1": 4, "branch:B1": 5}
    found = left(tmp_path, *rows, capacities=kept, used={}, limits=limits)
    assert (found["household:H1"], found["household:H2"], found["branch:B1"]) == (4 - 3, 9, 5 - 1)


@pytest.mark.django_db
def test_messages_of_the_night_take_the_room_of_their_hours() -> None:
    given = [("sms", 9, "run1"), ("sms", 9, "run1"), ("sms", 11, "run1"), ("sms", 11, "other"), ("wechat", 9, "run1")]
    outbox.stage(
        [
            new_intent(number, channel=channel, run_id=run, not_before=opening(MONDAY, CHINA, at=time(hour, 30)))
            for number, (channel, hour, run) in enumerate(given)
        ],
        now=NOW,
    )
    hours = {
        "sms": tuple(
            Hour(hour=hour, begins=NOW, ends=NOW, room=room) for hour, room in ((9, 1), (11, 5), (12, 3))
        )
    }  # fmt: skip
    assert room_by_hour("run1", hours, CHINA) == {"hour:sms:9": 0, "hour:sms:11": 4, "hour:sms:12": 3}


def test_what_markets_have_is_theirs(tmp_path: Path) -> None:
    rows = [decision(0, RELEASED), decision(1, RELEASED, market="random_action/2026Q4/platform")]
    found = left(tmp_path, *rows, capacities={"volume:sms": 100, "strategy:a": 50}, used={}, designs=[rule()])
    assert (found["volume:sms"], found["strategy:a"]) == (100 - 2 * 10 - 1, 50 - 2 * 5 - 1)


def test_a_night_without_prices_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="ledger run night: no prices are written"):
        room_after(home_in(tmp_path), "night", ())
