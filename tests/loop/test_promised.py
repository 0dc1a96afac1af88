"""What is left to promise: no plan promises more than there is, and a promise is counted once, through any restart."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from tests.delivery.makers import new_intent
from tests.features.small_bank import MemoryBank
from tests.loop.makers import (
    AS_OF,
    AT_WORK,
    SALT,
    around,
    customers_in,
    giving,
    home_in,
    home_tables,
    launch_giving,
    lead,
    night_of,
    option,
    running,
    some,
    stand_in,
    write_released,
)
from tests.loop.test_markets import rule
from wealthloop import ledger
from wealthloop.delivery import outbox
from wealthloop.delivery.models import Intent, IntentState
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home
from wealthloop.loop.capacity import capacities
from wealthloop.loop.catalogues import Catalogues
from wealthloop.loop.markets import Market, parted
from wealthloop.loop.options import Option, possible_contacts
from wealthloop.loop.plan import plan_night
from wealthloop.loop.promised import left_to_promise
from wealthloop.rehearsal.considered import considered
from wealthloop.rehearsal.dryrun import _capacity
from wealthloop.strategies.parts import Offering

pytestmark = pytest.mark.django_db

PIECES = "stock:B003"
GIVING, PLAIN = giving(), running("idle-salary")
ROOM = {"volume:sms": 100, "strategy:birthday-benefits": 100, "strategy:idle-salary": 100}
WINDOW = GIVING.document.success.window_days + 14


def gift(customer: str, value: int) -> Option:
    one = option(customer, GIVING, "sms", value)
    return replace(one, possible=replace(one.possible, takes=(PIECES,)))


def test_a_plan_for_many_customers_promises_no_more_pieces_than_there_are() -> None:
    treated, control = (some(customers_in(GIVING, control=arm), 20) for arm in (False, True))
    many = [gift(one, 100 - place) for place, one in enumerate(control[:3] + treated + control[3:])]
    for pieces in (0, 1, 4, 7):
        found = plan_night(many, {**ROOM, PIECES: pieces}, salt=SALT, members={}).planned
        assert len(found) == pieces
        assert sum(not one.withheld for one in found) == max(0, pieces - 3)


def test_pieces_are_nothing_to_a_strategy_that_gives_none() -> None:
    plain = [option(one, PLAIN, "sms", 10) for one in some(customers_in(PLAIN, control=False), 5)]
    assert plain[0].uses == {"volume:sms": 1, "strategy:idle-salary": 1}
    gifts = [gift(f"G{number}", 1_000) for number in range(9)]
    found = plan_night([*gifts, *plain], {**ROOM, PIECES: 2}, salt=SALT, members={}).planned
    assert sum(one.option.strategy_id == "idle-salary" for one in found) == 5


def test_the_pieces_of_the_markets_and_of_the_rest_are_those_that_there_are() -> None:
    design = rule(share=0.3)
    kept, rooms = parted({PIECES: 7}, [Market(design=design, arm=arm.name) for arm in design.arms])
    assert kept[PIECES] + sum(room[PIECES] for room in rooms.values()) == 7


def test_what_the_bank_does_not_count_bounds_nothing() -> None:
    known = Catalogues(
        benefits={"B003": {"stock": 5}, "B9": {"stock": None}},
        activities={"A1": {"places": 3}, "A9": {"places": None}},
    )
    assert known.takes(Offering(closing="app", benefit_id="B003", activity_id="A1")) == (PIECES, "places:A1")
    assert known.takes(Offering(closing="app", benefit_id="B9", activity_id="A9")) == ()
    assert known.takes(Offering(closing="app")) == ()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    launch_giving()
    return home_in(tmp_path)


def left(home: Home, engine: DuckDBEngine, *, stock: int | None = 10, **more: Any) -> dict[str, int]:  # noqa: ANN401 - rows of tables
    tables = {"benefits": [{"benefit_id": "B003", "name": "x", "stock": stock}], **more}
    return left_to_promise(night_of(home, engine, home_tables(engine, more=tables)), [GIVING])


def contacts(*numbers: int) -> list[tuple[str, str]]:
    return [(new_intent(number).intent_id, f"C{number}") for number in numbers]


def stage(*numbers: int) -> None:
    outbox.stage([new_intent(number, strategy_id="birthday-benefits") for number in numbers], now=AT_WORK)


def test_promises_that_stand_are_taken_from_the_stock_and_what_surely_did_not_leave_comes_back(
    home: Home, engine: DuckDBEngine
) -> None:
    assert left(home, engine) == {PIECES: 10}
    write_released(home, contacts(1, 2, 3, 4, 5, 6), as_of=AS_OF - timedelta(days=1))
    assert left(home, engine) == {PIECES: 4}
    stage(1, 2, 3, 4, 5, 6)
    assert left(home, engine) == {PIECES: 4}
    states = (*IntentState,)[1:]
    for number, state in enumerate(states, start=1):
        Intent.objects.filter(pk=new_intent(number).intent_id).update(state=state)
    assert left(home, engine) == {PIECES: 4 + sum(state in {"suppressed", "failed", "expired"} for state in states)}
    assert left(home, engine, stock=2) == {PIECES: 0}
    assert left(home, engine, stock=None) == {}


def test_a_night_that_is_decided_anew_counts_none_of_its_own_promises_and_the_next_night_counts_them_once(
    home: Home, engine: DuckDBEngine
) -> None:
    write_released(home, contacts(1, 2), run_id="run")
    assert left(home, engine) == {PIECES: 10}
    ledger.discard(home, "run")
    write_released(home, contacts(1, 2, 3), run_id="before", as_of=AS_OF - timedelta(days=1))
    write_released(home, contacts(7, 8), run_id="later", as_of=AS_OF + timedelta(days=1))
    assert left(home, engine) == {PIECES: 7}


def test_promises_of_every_version_count_and_withheld_ones_do_not(home: Home, engine: DuckDBEngine) -> None:
    launch_giving(benefit_id="B003", activity_id="A1")
    launch_giving(benefit_id="B7")
    for version in (1, 2, 3):
        write_released(home, contacts(version), run_id=f"v{version}", version=version, as_of=AS_OF - timedelta(days=1))
    rows = ledger.read(home).slice(0, 1).to_pylist()[0] | {"run_id": "w", "decision_id": "w", "disposition": "withheld"}
    ledger.write(home, "w", pa.Table.from_pylist([rows], schema=ledger.DECISIONS))
    assert left(home, engine) == {PIECES: 8}


def granted(customers: Sequence[str], days_after: int) -> list[dict[str, Any]]:
    at = datetime.combine(AS_OF - timedelta(days=20 - days_after), time(4))
    return [{"customer_id": who, "benefit_id": "B003", "granted_at": at, "known_at": at} for who in customers]


def test_a_piece_that_was_given_meets_its_promise_and_is_taken_once(home: Home, engine: DuckDBEngine) -> None:
    write_released(home, contacts(1, 2, 3), as_of=AS_OF - timedelta(days=20))
    assert left(home, engine, redemptions=granted(["C9"], -30)) == {PIECES: 10 - 1 - 3}
    assert left(home, engine, redemptions=granted(["C1", "C9"], 5)) == {PIECES: 10 - 2 - 2}
    stated = datetime.combine(AS_OF - timedelta(days=10), time(4))
    anew = [{"benefit_id": "B003", "name": "x", "stock": 8, "known_at": stated}]
    assert left(home, engine, benefits=anew, redemptions=granted(["C1", "C9"], 5)) == {PIECES: 8 - 2}


@pytest.mark.parametrize(("days", "told", "units"), [(0, False, 8), (0, True, 8), (1, False, 8), (1, True, 10)])
def test_a_promise_lapses_after_its_window_where_the_bank_says_what_was_given(
    home: Home, engine: DuckDBEngine, days: int, told: bool, units: int
) -> None:
    write_released(home, contacts(1, 2), as_of=AS_OF - timedelta(days=WINDOW + days))
    other = [{**granted(["C9"], 5)[0], "benefit_id": "B7"}]
    more: dict[str, Any] = {"redemptions": other} if told else {}
    assert left(home, engine, **more) == {PIECES: units}


def test_a_lapsed_promise_is_forgotten_when_the_stock_is_stated_anew(home: Home, engine: DuckDBEngine) -> None:
    made = AS_OF - timedelta(days=60)
    write_released(home, contacts(1, 2), as_of=made)
    for days, units in ((WINDOW, 8), (WINDOW + 1, 10)):
        at = datetime.combine(made + timedelta(days=days), time(4))
        stated = [{"benefit_id": "B003", "name": "x", "stock": 10, "known_at": at}]
        assert left(home, engine, benefits=stated) == {PIECES: units}


def test_the_places_of_an_activity_are_taken_until_it_begins(home: Home, engine: DuckDBEngine) -> None:
    launch_giving(activity_id="A1")
    write_released(home, contacts(1, 2), version=2, as_of=AS_OF - timedelta(days=300))
    told, begins = (datetime.combine(AS_OF + timedelta(days=days), time(4)) for days in (-5, 9))
    rows = [{"activity_id": "A1", "name": "沙龙", "at": begins, "places": 5, "known_at": told}]
    night = night_of(home, engine, home_tables(engine, more={"activities": rows}))
    found = capacities(night, (giving(activity_id="A1"),))
    assert found["places:A1"] == 3
    assert PIECES not in found


def test_a_home_whose_strategies_give_nothing_has_no_such_resource(tmp_path: Path, engine: DuckDBEngine) -> None:
    night = night_of(home_in(tmp_path), engine, MemoryBank(engine, {}))
    assert not [name for name in capacities(night, (PLAIN,)) if name.startswith(("stock:", "places:"))]


def test_weeks_of_a_dry_run_have_every_days_room_and_one_stock_and_one_budget(home: Home, engine: DuckDBEngine) -> None:
    tables = {"staff": [{"staff_id": "S1", "role": "rm", "branch_id": "B1", "daily_capacity": 10}]}
    night = night_of(home, engine, home_tables(engine, more=tables))
    strategies = (GIVING, running("idle-salary", budget_yuan=50))
    scene = stand_in(SimpleNamespace(night=night, around=around()))
    found = _capacity(scene, strategies, nights=3, busy=Counter({"S1": 4}))
    assert (found["rm:S1"], found[PIECES], found["spend:idle-salary"]) == (6 + 2 * 10, 5, 5_000)


def test_what_is_found_for_a_night_and_what_rules_are_priced_with_take_a_piece_each(
    home: Home, engine: DuckDBEngine
) -> None:
    night, leads = night_of(home, engine), [lead(trigger="near_tier")]
    known = around(offered=Catalogues(benefits={"B003": {"stock": 5, "unit_cost": 1}}, activities={}))
    found = possible_contacts(night, leads, [GIVING], known)
    priced = [one.allowed for channels in considered(night, leads, [GIVING], known) for one in channels]
    assert {one.takes for one in (*found, *priced) if one is not None} == {(PIECES,)}
    assert len(found) > 0
    assert any(priced)
