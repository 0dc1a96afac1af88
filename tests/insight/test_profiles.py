"""One row a customer."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.features.leaks import leaks
from tests.features.small_bank import (
    AS_OF,
    PRODUCTS,
    MemoryBank,
    Row,
    customer,
    day,
    holding,
    login,
    seeded_rows,
    transaction,
)
from wealthloop import features, insight
from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.errors import NotFound
from wealthloop.insight.funds import payments_due
from wealthloop.kit import Home

YUAN = 100


def _profiles(bank: BankTables, engine: Engine, at: date = AS_OF) -> pa.Table:
    return insight.profiles(bank, engine, as_of=at, features=features.build(bank, engine, as_of=at))


def _one(engine: Engine, *, at: date = AS_OF, who: Row | None = None, **rows: list[Row]) -> dict[str, Any]:
    bank = MemoryBank(engine, {"customers": [who or customer("C1")], "products": PRODUCTS, **rows})
    found: dict[str, Any] = _profiles(bank, engine, at).to_pylist()[0]
    return found


def _daily(balance_of: dict[tuple[int, int], int], *, until: date = AS_OF) -> list[Row]:
    """Return a balance in yuan a day for each (year, month), up to a day."""
    rows = []
    when = date(min(balance_of)[0], min(balance_of)[1], 1)
    while when <= until:
        rows.append(holding("C1", when, "DEM", balance_of[when.year, when.month] * YUAN))
        when += timedelta(days=1)
    return rows


def test_the_tier_comes_from_completed_months_and_the_average_from_the_month_so_far(engine: Engine) -> None:
    found = _one(engine, holdings=_daily({(2026, 9): 60_000, (2026, 10): 10_000, (2026, 11): 700_000}))
    assert (found["tier"], found["tier_month"], found["tier_average"]) == ("affluent", date(2026, 10, 1), 10_000 * YUAN)
    assert (found["next_tier"], found["next_tier_floor"]) == ("wealth", 500_000 * YUAN)
    assert (found["aum_average"], found["aum_basis"], found["aum_day"]) == (700_000 * YUAN, "daily", AS_OF)


def test_the_last_day_of_a_month_completes_it(engine: Engine) -> None:
    held = _daily({(2026, 9): 10, (2026, 10): 60_000}, until=date(2026, 10, 31))
    assert _one(engine, at=date(2026, 10, 30), holdings=held)["tier"] == "mass"
    assert _one(engine, at=date(2026, 10, 31), holdings=held)["tier"] == "affluent"


def test_month_end_balances_are_said_to_be_so_and_assumed_ones_too(engine: Engine) -> None:
    held = [holding("C1", when, "DEM", 600_000 * YUAN) for when in (date(2026, 9, 30), date(2026, 10, 31))]
    assert _one(engine, holdings=held)["aum_basis"] == "month_end"
    rows = {"customers": [customer("C1")], "holdings": held, "transactions": [transaction("C1", 1, "card", -5)]}
    assumed = MemoryBank(engine, rows, imputed={"holdings": ("balance",)})
    row = _profiles(assumed, engine).to_pylist()[0]
    assert (row["aum_basis"], row["aum_trend"], row["lifecycle"]) == ("assumed", None, "unknown")


def test_a_bank_without_holdings_gives_unknowns_and_no_zeros(engine: Engine) -> None:
    found = _one(engine, transactions=[transaction("C1", 1, "buy", -5)])
    assert (found["tier"], found["lifecycle"]) == ("unknown", "unknown")
    money = ("aum", "aum_average", "available_now", "available_30d", "overdraft_room", "next_tier_floor")
    assert all(found[name] is None for name in money)


def test_funds_are_demand_and_what_is_redeemable_then_what_matures_with_overdraft_apart(engine: Engine) -> None:
    held = [
        holding("C1", AS_OF, "DEM", 1),
        holding("C1", AS_OF, "MMF", 20),
        holding("C1", AS_OF, "MMF", 300, position_id="locked", redeemable_from=day(-7)),
        holding("C1", AS_OF, "WM", 4_000, redeemable_from=day(0)),
        holding("C1", AS_OF, "CD", 50_000, maturity_date=day(-8)),
        holding("C1", AS_OF, "CD", 600_000, position_id="later", maturity_date=day(-31)),
        holding("C1", AS_OF, "EQ", 7_000_000),
    ]
    credit = [{"customer_id": "C1", "as_of": day(b), "overdraft_available": room} for b, room in ((9, 1), (2, 99))]
    found = _one(engine, holdings=held, credit=credit)
    assert (found["available_now"], found["available_7d"], found["available_30d"]) == (4_021, 4_321, 54_321)
    assert found["overdraft_room"] == 99


def test_committed_payments_of_running_plans_are_taken_off(engine: Engine) -> None:
    plan = {"customer_id": "C1", "product_id": "EQ", "kind": "regular_investment", "amount": 300, "started": day(28)}
    stopped = {**plan, "product_id": "WM", "stopped": day(1)}
    held = [holding("C1", AS_OF, "DEM", 1_000)]
    found = _one(engine, holdings=held, plans=[{**plan, "cycle": "weekly"}, stopped])
    assert (found["available_now"], found["available_7d"], found["available_30d"]) == (1_000, 700, 0)
    assert found["committed_30d"] == 1_200


@pytest.mark.parametrize(("cycle", "times"), [("monthly", 1), (None, 1), ("quarterly", 0), ("weekly", 4)])
def test_payments_fall_due_by_their_cycle(cycle: str | None, times: int) -> None:
    assert payments_due(date(2026, 10, 5), cycle, after=AS_OF, until=day(-30)) == times


def test_the_lifecycle_follows_the_money(engine: Engine) -> None:
    months = {
        "growing": (50_000, 50_000, 50_000, 61_000),
        "declining": (50_000, 50_000, 50_000, 39_000),
        "mature": (50_000, 50_000, 50_000, 50_000),
        "won_back": (50_000, 500, 500, 50_000),
        "lost": (50_000, 50_000, 50_000, 5),
    }
    held = [
        {**row, "customer_id": name}
        for name, yuan in months.items()
        for row in _daily({(2026, 8 + place): balance for place, balance in enumerate(yuan)})
    ]
    rows = {
        "customers": [customer(name) for name in months],
        "holdings": held,
        "app_events": [login(name, 3) for name in months],
    }
    table = _profiles(MemoryBank(engine, rows), engine)
    assert table["lifecycle"].to_pylist() == table["customer_id"].to_pylist()


def test_a_customer_quiet_for_ninety_days_is_dormant_and_a_fresh_one_new(engine: Engine) -> None:
    held = _daily({(2026, 9): 50_000, (2026, 10): 50_000, (2026, 11): 50_000})
    paid = [transaction("C1", 1, "interest", 5), transaction("C1", 90, "card", -5)]
    quiet = _one(engine, holdings=held, transactions=paid)
    assert (quiet["lifecycle"], quiet["quiet_days"]) == ("dormant", 90)
    assert _one(engine, holdings=held, transactions=[*paid, transaction("C1", 89, "card", -5)])["lifecycle"] == "mature"
    fresh = customer("C1", open_date=day(179))
    assert _one(engine, holdings=held, who=fresh, app_events=[login("C1", 3)])["lifecycle"] == "new"


@pytest.mark.parametrize(
    ("age", "marital", "occupation", "expected"),
    [
        (22, None, None, "study"), (40, None, "student", "study"), (60, "married", None, "retired"),
        (59, "married", None, "grown_children"), (44, "已婚", None, "young_children"), (29, "married", None, "couple"),
        (30, "single", None, "single"), (30, None, None, "unknown"), (None, "married", None, "unknown"),
        (52, "married", "retired", "retired"),
    ],
)  # fmt: skip
def test_life_stage_follows_age_marital_status_and_occupation(
    engine: Engine, age: int | None, marital: str | None, occupation: str | None, expected: str
) -> None:
    born = {"birth_date": None} if age is None else {"birth_date": date(AS_OF.year - age, 1, 1)}
    who = customer("C1", marital_status=marital, occupation=occupation, **born)
    assert _one(engine, who=who)["life_stage"] == expected


def test_the_manager_of_the_day_and_the_newest_assessment_stand_in_the_profile(engine: Engine) -> None:
    books = [
        {"customer_id": "C1", "rm_id": "RM1", "from": day(90), "to": day(10)},
        {"customer_id": "C1", "rm_id": "RM2", "from": day(10), "to": None},
    ]
    levels = [{"customer_id": "C1", "level": level, "assessed_at": day(b)} for b, level in ((90, "C4"), (9, "C2"))]
    found = _one(engine, book_assignments=books, suitability=levels)
    assert found["staff_id"] == "RM2"
    assert (found["suitability_level"], found["assessed_at"], found["valid_until"]) == (
        "C2",
        day(9),
        date(2027, 11, 11),
    )


def test_i15_nothing_known_after_the_day_changes_a_byte_of_the_profiles(engine: Engine) -> None:
    assert leaks(_profiles, engine, seeded_rows(customers=6), as_of=AS_OF) == []


def test_i15_a_planted_leak_of_the_profiles_is_caught(engine: Engine) -> None:
    assert leaks(lambda bank, engine: _profiles(bank, engine, day(-10)), engine, seeded_rows(customers=6), as_of=AS_OF)


def test_segments_count_every_customer_once_in_each_view(engine: Engine) -> None:
    table = _profiles(MemoryBank(engine, seeded_rows()), engine)
    for counts in insight.bank_segments(table).values():
        assert sum(counts.values()) == table.num_rows


def test_profiles_are_kept_by_day(engine: Engine, tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home")
    table = _profiles(MemoryBank(engine, seeded_rows(customers=3)), engine)
    insight.save(home, AS_OF, table)
    assert insight.load(home, AS_OF).equals(table)
    with pytest.raises(NotFound, match="no insight of 2026-11-19"):
        insight.load(home, day(1))
