"""Incentives: value for each yuan, between amounts too, and the advice that follows; never from a lock."""

from dataclasses import replace
from typing import Any

import pytest

from tests.reports.worlds import DAY, PRODUCTS, MemoryBank, Planned, buy, day, launch
from wealthloop import ledger
from wealthloop.engines import DuckDBEngine
from wealthloop.experiments import Arm
from wealthloop.experiments.fieller import Ratio
from wealthloop.kit import Home
from wealthloop.reports.advice import Lower, advise
from wealthloop.reports.incentives import IncentiveReport, incentives, incentives_json
from wealthloop.strategies.models import StrategyVersion
from wealthloop.strategies.valuebook import load_value_book

pytestmark = pytest.mark.django_db

ARMS = (
    Arm(name="plain", share=0.3, control=False),
    Arm(name="gift", share=0.3, control=False),
    Arm(name="control", share=0.4, control=True),
)
AS_OF = day(40)
SPENT = 5_000_000
"""What a buyer places, fen; by the value book worth about 136 yuan in a bond fund."""


def home_with(
    home: Home, rates: dict[str, float], *, gift_yuan: int = 20, many: int = 500
) -> tuple[Planned, list[Any]]:
    """Plan customers of three arms on one day, of whom these shares buy within the window."""
    launch(arms=ARMS)
    version = StrategyVersion.objects.get()
    for arm in version.document["arms"]:
        arm["incentive_yuan"] = gift_yuan if arm["name"] == "gift" else 0
    version.document["success"]["minimum_worthwhile_effect"] = 0.1
    version.save()
    planned, bought = Planned(), list[Any]()
    for arm in ARMS:
        size = round(many * arm.share)
        for number in range(size):
            who = f"{number:04}{arm.name}"
            changes = {"arm_share": arm.share, "channel": "sms"}
            planned.add(who, DAY, arm.name, **changes)
            if (number * 7919) % size < rates[arm.name] * size:
                bought.append(buy(len(bought), who, day(3), amount=-SPENT))
    ledger.write(home, "history", planned.table())
    return planned, bought


def found(home: Home, engine: DuckDBEngine, bought: list[Any], price: float | None = None) -> IncentiveReport:
    people = [{"customer_id": f"X{n}", "open_date": day(-900)} for n in range(1000)]
    before = [buy(9000 + n, f"X{n}", day(-3), amount=-SPENT) for n in range(150)]
    bank = MemoryBank(engine, {"products": PRODUCTS, "transactions": bought + before, "customers": people})
    (report,) = incentives(bank, engine, home, as_of=AS_OF, price=price)
    return report


def test_the_ratio_is_that_of_the_means_of_value_and_cost(home: Home, engine: DuckDBEngine) -> None:
    _, bought = home_with(home, {"plain": 0.2, "gift": 0.44, "control": 0.1}, many=3000)
    plain, gift = found(home, engine, bought).arms
    book = load_value_book()
    sale, sms = book.value("bond_fund", SPENT), book.contact_cost["sms"]
    assert (plain.arm, gift.arm, gift.beside, plain.beside) == ("plain", "gift", "plain", None)
    assert gift.value is not None
    assert gift.value.ratio == pytest.approx(sale * 0.34 / (sms + 0.44 * 2000), rel=0.05)
    assert gift.sales is not None
    assert gift.sales.ratio == pytest.approx(SPENT * 0.34 / (sms + 0.44 * 2000), rel=0.05)
    assert gift.marginal is not None
    assert gift.marginal.ratio == pytest.approx(sale * 0.24 / (0.44 * 2000), rel=0.05)
    assert gift.marginal.low is not None
    assert gift.marginal.low > 1.0
    assert (plain.advice.code, gift.advice.code) == ("none", "keep")


def test_a_gift_that_adds_nothing_to_the_plain_words_is_stopped(home: Home, engine: DuckDBEngine) -> None:
    _, bought = home_with(home, {"plain": 0.3, "gift": 0.3, "control": 0.1}, gift_yuan=200, many=2000)
    gift = found(home, engine, bought).arms[1]
    assert gift.marginal is not None
    assert gift.marginal.high is not None
    assert gift.marginal.high < 1.0
    assert (gift.advice.code, gift.advice.to) == ("stop", None)


def test_the_budgets_price_raises_what_a_yuan_must_bring(home: Home, engine: DuckDBEngine) -> None:
    _, bought = home_with(home, {"plain": 0.2, "gift": 0.44, "control": 0.1})
    dear = found(home, engine, bought, price=30.0)
    assert dear.hurdle == 31.0
    assert dear.arms[1].advice.code == "stop"


def test_nothing_is_advised_while_a_check_fails_or_windows_are_open(home: Home, engine: DuckDBEngine) -> None:
    planned, bought = home_with(home, {"plain": 0.2, "gift": 0.44, "control": 0.1})
    early = incentives(
        MemoryBank(engine, {"products": PRODUCTS, "transactions": bought}), engine, home, as_of=day(4), price=None
    )  # fmt: skip
    assert {arm.advice.code for arm in early[0].arms} == {"wait"}
    assert all(arm.value is arm.marginal is arm.sales is None for arm in early[0].arms)
    ledger.discard(home, "history")
    for row in planned.rows[-30:]:
        row.update({"disposition": "imported_sent", "treated": True})
    ledger.write(home, "history", planned.table())
    locked = found(home, engine, bought)
    assert {arm.advice.code for arm in locked.arms} == {"locked"}
    assert all(arm.value is arm.marginal is arm.sales is None for arm in locked.arms)


def test_what_is_never_sent_costs_nothing(home: Home, engine: DuckDBEngine) -> None:
    planned, bought = home_with(home, {"plain": 0.2, "gift": 0.44, "control": 0.1})
    ledger.discard(home, "history")
    for row in planned.rows:
        if row["arm"] == "gift":
            row["disposition"] = "imported_suppressed"
    ledger.write(home, "history", planned.table())
    gift = found(home, engine, bought).arms[1]
    assert gift.value is not None
    assert gift.value.cost == 0
    assert gift.value.ratio is None
    assert gift.advice.code == "measure"


def test_a_version_without_incentives_and_benefits_has_no_place_here(home: Home, engine: DuckDBEngine) -> None:
    _, bought = home_with(home, {"plain": 0.2, "gift": 0.44, "control": 0.1}, gift_yuan=0)
    bank = MemoryBank(engine, {"products": PRODUCTS, "transactions": bought})
    assert incentives(bank, engine, home, as_of=AS_OF, price=None) == ()


def test_it_is_said_in_json(home: Home, engine: DuckDBEngine) -> None:
    _, bought = home_with(home, {"plain": 0.2, "gift": 0.44, "control": 0.1})
    (told,) = incentives_json([found(home, engine, bought, price=0.25)])
    assert (told["strategy"], told["budget_shadow_price"], told["hurdle"]) == ("deposit/v1", 0.25, 1.25)


RATIO = Ratio(ratio=2.0, low=1.5, high=2.5, gain=2.0, cost=1.0, n=900, method="")
LOWER = Lower(amount=1000, shortfall=-0.5, margin=0.1)


@pytest.mark.parametrize(
    ("low", "high", "lower", "code", "to"),
    [
        (1.5, 2.5, None, "keep", None),
        (0.1, 0.9, None, "stop", None),
        (0.5, 2.5, None, "measure", None),
        (None, None, None, "measure", None),
        (1.5, 2.5, LOWER, "keep", None),
        (0.1, 0.9, LOWER, "lower", 1000),
        (1.5, 2.5, replace(LOWER, shortfall=-0.05), "lower", 1000),
        (1.5, 2.5, replace(LOWER, shortfall=-0.05, amount=0), "stop", None),
        (0.5, 2.5, replace(LOWER, shortfall=None), "measure", None),
    ],
)
def test_the_advice_follows_its_rule(
    low: float | None, high: float | None, lower: Lower | None, code: str, to: int | None
) -> None:
    found = advise(replace(RATIO, low=low, high=high), 1.0, lower)
    assert (found.code, found.to) == (code, to)
