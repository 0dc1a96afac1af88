"""The compiled pass against one FILTER aggregate a feature, and by hand."""

import ibis
import numpy as np
import pytest

from tests.features.small_bank import AS_OF, MemoryBank, customer, day, login, seeded_rows, transaction
from wealthloop import features
from wealthloop.engines import Engine
from wealthloop.engines.types import Expr
from wealthloop.features import BALANCE_GROUPS, WINDOWED, Measure
from wealthloop.features.groups import Group, Value


def _oracle(rows: Expr, products: Expr, group: Group, window: int | None) -> Expr:
    """Return every measure of a group in a window by customer, as plain SQL."""
    chosen = rows.filter(rows["at_day"] <= ibis.literal(AS_OF))
    if "amount" not in rows.columns:
        chosen = chosen.mutate(amount=ibis.literal(0))
    for column, codes in (
        ("kind", group.kinds), ("counterparty_kind", group.counterparties), ("channel", group.channels),
    ):  # fmt: skip
        if codes:
            chosen = chosen.filter(chosen[column].isin(codes))
    if group.products:
        categories = [one for name in group.products for one in BALANCE_GROUPS[name]]
        chosen = chosen.semi_join(products.filter(products["category"].isin(categories)), "product_id")
    if group.sign:
        chosen = chosen.filter(chosen["amount"] * group.sign > 0)
    if window is not None:
        chosen = chosen.filter(chosen["at_day"] > ibis.literal(day(window)))
    local = chosen["at"] + ibis.interval(hours=8)
    value = {
        Value.AMOUNT: chosen["amount"].abs(), Value.DAY_OF_MONTH: local.day(), Value.HOUR: local.hour(),
    }[group.value].cast("float64")  # fmt: skip
    days = chosen["at_day"]
    age = ibis.literal(AS_OF).delta(days, unit="day").cast("float64")
    spread = age.var(how="pop")
    values = {
        Measure.COUNT: chosen.count(),
        Measure.SUM: value.sum(),
        Measure.MAX: value.max(),
        Measure.DAYS: days.nunique(),
        Measure.MEAN: value.mean(),
        Measure.STD: value.std(how="sample"),
        Measure.SLOPE: ibis.ifelse(spread > 0, -(age * value).mean() + age.mean() * value.mean(), ibis.null("float64"))
        / spread.nullif(0),
        Measure.RECENCY: ibis.literal(AS_OF).delta(days.max(), unit="day"),
    }
    columns = {measure.name: expr.cast("float64") for measure, expr in values.items()}
    return chosen.group_by("customer_id").aggregate(**columns)


_UNKNOWN_WITHOUT_ROWS = (Measure.RECENCY, Measure.MEAN, Measure.STD, Measure.SLOPE)


def test_every_windowed_feature_equals_a_filter_aggregate(engine: Engine) -> None:
    bank = MemoryBank(engine, seeded_rows(customers=6))
    table = features.build(bank, engine, as_of=AS_OF)
    products, tried = bank.scan("products", as_of=AS_OF), set()
    asked = dict.fromkeys((wanted.group, wanted.window) for wanted in WINDOWED)
    scans = {group.table: bank.scan(group.table, as_of=AS_OF) for group, _ in asked}
    answers = {
        (group, window): engine.to_arrow(_oracle(scans[group.table], products, group, window), name="oracle")
        for group, window in asked
    }
    for wanted in WINDOWED:
        expected = answers[wanted.group, wanted.window]
        values = expected[wanted.measure.name].to_pylist()
        by_customer = dict(zip(expected["customer_id"].to_pylist(), values, strict=True))
        none = float("nan") if wanted.measure in _UNKNOWN_WITHOUT_ROWS else 0.0
        oracle = np.array([by_customer.get(who, none) for who in table["customer_id"].to_pylist()], dtype=float)
        built = table[wanted.feature.name].to_numpy()
        np.testing.assert_allclose(built, oracle, rtol=1e-9, atol=1e-9, err_msg=wanted.feature.name)
        if np.nansum(np.abs(oracle)) > 0:
            tried.add(wanted)
    untried = [wanted.feature.name for wanted in WINDOWED if wanted.window != 7 and wanted not in tried]
    assert not untried, f"not tried by this bank: {untried}"


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
