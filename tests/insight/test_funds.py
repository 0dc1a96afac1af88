"""Available funds: what could be invested, line by line of the contract."""

from typing import Any

import pyarrow as pa
import pytest

from tests.features.small_bank import AS_OF, PRODUCTS, MemoryBank, Row, day, holding
from wealthloop.engines import Engine
from wealthloop.insight.funds import available_funds, overdraft_room

_IDS = pa.array(["C1", "C2"])
_HELD = [holding("C1", AS_OF, "DEM", 1_000), holding("C1", AS_OF, "CD", 50, maturity_date=day(-20))]


def _funds(engine: Engine, held: list[Row], **rows: list[Row]) -> dict[str, list[Any]]:
    bank = MemoryBank(engine, {"products": PRODUCTS, "holdings": held, **rows})
    return {name: cells.to_pylist() for name, cells in available_funds(bank, _IDS, newest=AS_OF, as_of=AS_OF).items()}


def _line(room: int | None, before: int = 0) -> Row:
    return {
        "customer_id": "C1",
        "as_of": day(before),
        "credit_limit": 9_000_000,
        "used": 1,
        "overdraft_available": room,
    }


@pytest.mark.parametrize("room", [None, 0, 1, 7_000_000_00])
def test_overdraft_room_is_never_money_to_invest(engine: Engine, room: int | None) -> None:
    plain = _funds(engine, _HELD)
    assert _funds(engine, _HELD, credit=[_line(room), _line(5, 9)]) == plain
    assert plain["available_now"] == [1_000, 0]
    bank = MemoryBank(engine, {"credit": [_line(room), _line(5, 9)]})
    assert overdraft_room(bank, as_of=AS_OF).to_pylist() == [{"customer_id": "C1", "overdraft_room": room}]


def test_an_overdrawn_account_is_no_funds_and_not_filled_from_the_line(engine: Engine) -> None:
    found = _funds(engine, [holding("C1", AS_OF, "DEM", -300), holding("C2", AS_OF, "DEM", 300)], credit=[_line(900)])
    assert found["available_now"] == [0, 300]


def test_what_is_committed_is_taken_off_but_never_below_nothing(engine: Engine) -> None:
    plan = {"customer_id": "C1", "product_id": "EQ", "kind": "regular_premium", "amount": 4_000, "cycle": "weekly",
            "started": day(0)}  # fmt: skip
    found = _funds(engine, [holding("C1", AS_OF, "DEM", 5_000)], plans=[plan])
    assert found["committed_30d"] == [16_000, 0]
    assert (found["available_now"], found["available_7d"], found["available_30d"]) == ([5_000, 0], [1_000, 0], [0, 0])


def test_an_auto_renewing_deposit_counts_on_the_day_on_which_it_can_be_had(engine: Engine) -> None:
    found = _funds(engine, [holding("C1", AS_OF, "CD", 50, maturity_date=day(-7), auto_renew=True)])
    assert (found["available_now"], found["available_7d"]) == ([0, 0], [50, 0])


@pytest.mark.parametrize(
    ("start", "more", "expected"),
    [
        (30, {}, ([70], [70], [70])),
        (29, {}, ([0], [70], [70])),
        (22, {}, ([0], [0], [70])),
        (22, {"redeemable_from": day(0)}, ([70], [70], [70])),
        (90, {"maturity_date": day(-60)}, ([0], [0], [0])),
    ],
)
def test_an_open_ended_position_is_free_once_its_holding_period_has_passed(
    engine: Engine, start: int, more: Row, expected: tuple[list[int], list[int], list[int]]
) -> None:
    fund = {
        "product_id": "HOLD",
        "name": "持有期基金",
        "category": "bond_fund",
        "regime": "investment",
        "min_hold_days": 30,
    }
    held = [holding("C1", AS_OF, "HOLD", 70, start_date=day(start), **more)]
    bank = MemoryBank(engine, {"products": [*PRODUCTS, fund], "holdings": held})
    found = available_funds(bank, pa.array(["C1"]), newest=AS_OF, as_of=AS_OF)
    names = ("available_now", "available_7d", "available_30d")
    assert tuple(found[name].to_pylist() for name in names) == expected
