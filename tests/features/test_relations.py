"""What ties a customer to the bank, where a customer stands among others, and features made of features."""

import math
from typing import Any

import numpy as np

from tests.features.small_bank import AS_OF, PRODUCTS, MemoryBank, Row, customer, day, holding, transaction
from wealthloop import features
from wealthloop.engines import Engine
from wealthloop.features.derived import QUOTIENTS

Values = dict[str, dict[str, Any]]


def _built(engine: Engine, people: list[Row], **rows: list[Row]) -> Values:
    table = features.build(MemoryBank(engine, {"customers": people, **rows}), engine, as_of=AS_OF)
    return {row["customer_id"]: row for row in table.to_pylist()}


def _book(customer_id: str, rm: str, since: int, until: int | None = None) -> Row:
    return {
        "customer_id": customer_id, "rm_id": rm, "from": day(since),
        "to": None if until is None else day(until), "known_at": None,
    }  # fmt: skip


def _books(*rows: Row) -> list[Row]:
    return [{name: value for name, value in row.items() if name != "known_at"} for row in rows]


def test_a_book_gives_the_days_with_the_rm_the_changes_and_the_place_in_it(engine: Engine) -> None:
    people = [customer(f"C{number}") for number in range(1, 5)]
    books = _books(_book("C1", "RM1", 400, 30), _book("C1", "RM2", 30), _book("C2", "RM2", 500), _book("C3", "RM2", 9))
    held = [holding("C1", AS_OF, "DEM", 300), holding("C2", AS_OF, "DEM", 100), holding("C3", AS_OF, "DEM", 100)]
    built = _built(engine, people, book_assignments=books, holdings=held, products=PRODUCTS)
    assert (built["C1"]["rm_days"], built["C1"]["rm_changes_365d"]) == (30, 1)
    assert (built["C3"]["rm_days"], built["C3"]["rm_changes_365d"]) == (9, 0), "a first RM is no change"
    assert math.isnan(built["C4"]["rm_days"])
    assert built["C4"]["rm_changes_365d"] == 0
    assert [built[one]["rm_book_size"] for one in ("C1", "C2", "C3")] == [3, 3, 3]
    assert built["C1"]["rm_book_aum_average"] == 500 / 3
    assert [built[one]["rank_in_book"] for one in ("C1", "C2", "C3")] == [2 / 3, 0, 0]
    assert math.isnan(built["C4"]["rm_book_size"])


def test_a_branch_is_a_circle_too_and_who_has_none_stands_nowhere(engine: Engine) -> None:
    people = [customer("C1", branch_id="B1"), customer("C2", branch_id="B1"), customer("C3")]
    held = [holding("C1", AS_OF, "DEM", 10), holding("C2", AS_OF, "DEM", 30)]
    built = _built(engine, people, holdings=held)
    assert (built["C2"]["branch_size"], built["C2"]["branch_aum_average"], built["C2"]["rank_in_branch"]) == (
        2,
        20,
        0.5,
    )
    assert math.isnan(built["C3"]["branch_size"])


def test_the_assessment_has_an_age_and_an_end(engine: Engine) -> None:
    levels = [
        {"customer_id": "C1", "level": "C2", "assessed_at": day(100), "valid_until": day(-20)},
        {"customer_id": "C1", "level": "C3", "assessed_at": day(10), "valid_until": day(-355)},
        {"customer_id": "C2", "level": "C3", "assessed_at": day(5)},
    ]
    built = _built(engine, [customer("C1"), customer("C2")], suitability=levels)
    assert (built["C1"]["suitability_age_days"], built["C1"]["suitability_days_left"]) == (10, 355)
    assert built["C2"]["suitability_age_days"] == 5
    assert math.isnan(built["C2"]["suitability_days_left"])


def test_plans_run_until_they_stop_and_an_end_that_lies_ahead_is_not_yet_one(engine: Engine) -> None:
    def plan(number: int, amount: int, stopped: int | None) -> Row:
        return {
            "customer_id": "C1", "product_id": f"P{number}", "kind": "regular_investment", "amount": amount,
            "started": day(200), "stopped": None if stopped is None else day(stopped),
        }  # fmt: skip

    built = _built(
        engine, [customer("C1"), customer("C2")], plans=[plan(1, 500, None), plan(2, 70, 40), plan(3, 9, 95)]
    )
    assert (built["C1"]["plans_active"], built["C1"]["plans_amount"], built["C1"]["plans_stopped_90d"]) == (1, 500, 1)
    assert (built["C2"]["plans_active"], built["C2"]["plans_amount"]) == (0, 0)


def test_addresses_count_once_a_channel_while_they_are_bound(engine: Engine) -> None:
    def bound(channel: str, number: int, **more: object) -> Row:
        at = MemoryBank(engine, {"complaints": [{"customer_id": "C1", "at_day": day(50 + number)}]})
        return {
            "customer_id": "C1", "channel": channel, "address_token": f"t{number}",
            "bound_at": at._rows["complaints"][0]["at"], **more,
        }  # fmt: skip

    rows = [bound("sms", 1), bound("sms", 2), bound("wecom", 3)]
    assert _built(engine, [customer("C1")], channel_identities=rows)["C1"]["channels_bound"] == 2


def test_positions_tell_of_maturities_gains_and_rates(engine: Engine) -> None:
    held = [
        holding("C1", AS_OF, "CD", 30_000, position_id="1", maturity_date=day(-7), rate=0.02),
        holding("C1", AS_OF, "CD", 10_000, position_id="2", maturity_date=day(-80), rate=0.04),
        holding("C1", AS_OF, "EQ", 5_000, unrealised_pnl=-700),
        holding("C1", AS_OF, "WM", 5_000, unrealised_pnl=200),
        holding("C2", AS_OF, "DEM", 5),
    ]
    built = _built(engine, [customer("C1"), customer("C2")], holdings=held, products=PRODUCTS)
    one, other = built["C1"], built["C2"]
    assert [one[f"maturing_{w}d"] for w in (7, 60, 90)] == [30_000, 30_000, 40_000]
    assert (one["maturing_count_30d"], one["maturing_count_90d"], one["next_maturity_days"]) == (1, 2, 7)
    assert (one["gain"], one["worst_gain"], one["losing_positions"], one["losing_balance"]) == (-500, -700, 1, 5_000)
    assert one["deposit_rate"] == 0.025
    assert (one["share_deposit"], one["gain_share"]) == (0.8, -0.01)
    assert (other["gain"], other["losing_positions"]) == (0, 0)
    assert math.isnan(other["next_maturity_days"])
    assert math.isnan(other["deposit_rate"])


def test_changes_compare_with_the_newest_day_that_is_old_enough_and_months_with_months(engine: Engine) -> None:
    held = [
        holding("C1", AS_OF, "DEM", 900), holding("C1", day(6), "DEM", 1), holding("C1", day(8), "DEM", 500),
        holding("C1", day(31), "DEM", 100), holding("C1", day(31), "EQ", 40),
    ]  # fmt: skip
    one = _built(engine, [customer("C1")], holdings=held, products=PRODUCTS)["C1"]
    assert (one["aum_change_7d"], one["aum_change_30d"]) == (400, 760)
    assert math.isnan(one["aum_change_90d"])
    assert (one["balance_demand_change_30d"], one["balance_fund_change_30d"]) == (800, -40)
    assert math.isnan(one["balance_fund_change_90d"])
    assert one["aum_average_last_month"] == 140
    assert one["aum_average_growth_1m"] == (900 + 1 + 500) / 3 / 140
    assert math.isnan(one["aum_average_3_months_ago"])


def test_a_quotient_of_nothing_is_not_known_and_every_quotient_is_of_declared_features(engine: Engine) -> None:
    moved = [
        transaction("C1", 5, "card", -300), transaction("C1", 40, "card", -600), transaction("C1", 200, "card", -900),
    ]  # fmt: skip
    built = _built(engine, [customer("C1"), customer("C2")], transactions=moved)
    assert built["C1"]["spend_pace_30d"] == 300 * 3 / 900
    assert built["C1"]["spend_pace_90d"] == 900 * (365 / 90) / 1800
    assert math.isnan(built["C2"]["spend_pace_30d"])
    assert math.isnan(built["C1"]["spend_to_salary_90d"])
    names = {feature.name for feature in features.FEATURES}
    assert {part for one in QUOTIENTS for part in (one.above, one.below)} <= names


def test_large_amounts_lose_nothing_in_spread_and_slope(engine: Engine) -> None:
    amounts = [1_234_567_890_123, 1_234_567_890_124, 1_234_567_890_126]
    moved = [
        transaction("C1", 30 * place + 1, "transfer_in", amount, counterparty_kind="person")
        for place, amount in enumerate(amounts)
    ]
    one = _built(engine, [customer("C1")], transactions=moved)["C1"]
    assert one["inflow_std_90d"] == np.std([0, 1, 3], ddof=1)
    assert one["inflow_slope_180d"] == -90 / 1800
