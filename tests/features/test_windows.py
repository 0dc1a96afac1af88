"""The compiled pass against one FILTER aggregate a feature, and by hand."""

from typing import Any

import ibis
import numpy as np
import pytest

from tests.features.small_bank import AS_OF, MemoryBank, customer, day, login, seeded_rows, transaction
from wealthloop import features
from wealthloop.engines import Engine
from wealthloop.engines.types import Expr
from wealthloop.features import WINDOWED, Measure
from wealthloop.features.windows import Windowed


def _oracle(rows: Expr, wanted: Windowed) -> Expr:
    """Return the value of a feature by customer, as plain SQL."""
    group = wanted.group
    chosen = rows.filter(rows["at_day"] <= ibis.literal(AS_OF))
    if "amount" not in rows.columns:
        chosen = chosen.mutate(amount=ibis.literal(0))
    if group.kinds:
        chosen = chosen.filter(chosen["kind"].isin(group.kinds))
    if group.sign:
        chosen = chosen.filter(chosen["amount"] * group.sign > 0)
    if wanted.window is not None:
        chosen = chosen.filter(chosen["at_day"] > ibis.literal(day(wanted.window)))
    amount, days = chosen["amount"].abs(), chosen["at_day"]
    values = {
        Measure.COUNT: chosen.count(),
        Measure.SUM: amount.sum(),
        Measure.MAX: amount.max(),
        Measure.DAYS: days.nunique(),
        Measure.RECENCY: ibis.literal(AS_OF).delta(days.max(), unit="day"),
    }
    return chosen.group_by("customer_id").aggregate(value=values[wanted.measure].cast("float64"))


def test_every_windowed_feature_equals_a_filter_aggregate(engine: Engine) -> None:
    bank = MemoryBank(engine, seeded_rows(customers=6))
    table = features.build(bank, engine, as_of=AS_OF)
    for wanted in WINDOWED:
        expected = engine.to_arrow(_oracle(bank.scan(wanted.group.table, as_of=AS_OF), wanted), name="oracle")
        by_customer = dict(zip(expected["customer_id"].to_pylist(), expected["value"].to_pylist(), strict=True))
        none = float("nan") if wanted.measure is Measure.RECENCY else 0.0
        oracle: list[Any] = [by_customer.get(who, none) for who in table["customer_id"].to_pylist()]
        np.testing.assert_array_equal(table[wanted.feature.name].to_numpy(), oracle, err_msg=wanted.feature.name)
        if wanted.window != 7:
            assert any(value > 0 for value in oracle), f"{wanted.feature.name} is not tried by this bank"


@pytest.mark.parametrize(("before", "seen"), [(0, 1), (6, 1), (7, 0)])
def test_a_window_of_seven_days_holds_today_and_the_six_days_before(engine: Engine, before: int, seen: int) -> None:
    rows = {"customers": [customer("C1")], "transactions": [transaction("C1", before, "buy", -100)]}
    table = features.build(MemoryBank(engine, rows), engine, as_of=AS_OF)
    assert table["buy_count_7d"].to_pylist() == [seen]
    assert table["days_since_buy"].to_pylist() == [before]


def test_distinct_days_count_once_and_start_anew_with_the_next_customer(engine: Engine) -> None:
    events = [login("C1", 1), login("C1", 1, number=1), login("C1", 2), login("C2", 1)]
    rows = {"customers": [customer("C1"), customer("C2")], "app_events": events}
    table = features.build(MemoryBank(engine, rows), engine, as_of=AS_OF)
    assert table["login_days_7d"].to_pylist() == [2, 1]
    assert table["login_count_7d"].to_pylist() == [3, 1]


def test_inflow_from_outside_leaves_out_what_only_changes_its_form(engine: Engine) -> None:
    moved = [
        transaction("C1", 1, "transfer_in", 700),
        transaction("C1", 1, "salary", 50),
        transaction("C1", 1, "cash", 6),
        transaction("C1", 1, "cash", -9),
        transaction("C1", 1, "redeem", 10_000),
        transaction("C1", 1, "maturity", 20_000),
    ]
    rows = {"customers": [customer("C1")], "transactions": moved}
    table = features.build(MemoryBank(engine, rows), engine, as_of=AS_OF)
    assert table["inflow_sum_7d"].to_pylist() == [756]
    assert table["inflow_max_7d"].to_pylist() == [700]
    assert table["outflow_sum_7d"].to_pylist() == [9]
