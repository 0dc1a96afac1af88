"""Incentives: value for each yuan, between amounts too, and the advice that follows; never from a lock."""

from dataclasses import replace
from typing import Any

import pytest

from tests.reports.worlds import DAY, PRODUCTS, MemoryBank, Planned, buy, day, launch
from wealthloop import ledger
from wealthloop.delivery.content import Bilingual
from wealthloop.engines import DuckDBEngine
from wealthloop.experiments import Arm, Trial, always_valid_effect
from wealthloop.experiments.fieller import Ratio, always_valid_ratio
from wealthloop.kit import Home
from wealthloop.reports import incentives as module
from wealthloop.reports.advice import Advice, Lower, advise
from wealthloop.reports.incentives import (
    ArmReturn,
    IncentiveReport,
    _arm_json,
    _next_lower,
    incentives,
    incentives_json,
)
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


def found(
    home: Home, engine: DuckDBEngine, bought: list[Any], price: float | None = None, **more: list[dict[str, Any]]
) -> IncentiveReport:
    people = [{"customer_id": f"X{n}", "open_date": day(-900)} for n in range(1000)]
    before = [buy(9000 + n, f"X{n}", day(-3), amount=-SPENT) for n in range(150)]
    bank = MemoryBank(engine, {"products": PRODUCTS, "transactions": bought + before, "customers": people, **more})
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


def test_arms_are_compared_by_their_own_shares_and_the_risk_is_shared_by_the_treatment_arms(
    home: Home, engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, float, float, float, int]] = []

    def ratio(trial: Trial, cost: Any, *, n_planned: int, alpha: float) -> Any:  # noqa: ANN401
        asked.append(("ratio", trial.share, alpha, float(trial.treated.mean()), n_planned))
        return always_valid_ratio(trial, cost, n_planned=n_planned, alpha=alpha)

    def effect(trial: Trial, *, n_planned: int, alpha: float, cut: float | None) -> Any:  # noqa: ANN401
        asked.append(("lower", trial.share, alpha, float(trial.treated.mean()), n_planned))
        return always_valid_effect(trial, n_planned=n_planned, alpha=alpha, cut=cut)

    monkeypatch.setattr(module, "always_valid_ratio", ratio)
    monkeypatch.setattr(module, "always_valid_effect", effect)
    _, bought = home_with(home, {"plain": 0.2, "gift": 0.44, "control": 0.1})
    gift = found(home, engine, bought).arms[1]
    assert [what for what, *_ in asked] == ["ratio"] * 5 + ["lower"]
    for shares in ([share for _, share, *_ in asked], [treated for *_, treated, _ in asked]):
        assert shares == pytest.approx([0.3 / 0.7] * 4 + [0.5] * 2)
    assert {alpha for _, _, alpha, _, _ in asked} == {0.025}
    assert len({planned for *_, planned in asked}) == 1
    assert gift.value is not None
    assert gift.value.method.endswith("97.5 %")


def test_an_arm_is_judged_beside_the_next_lower_amount_though_it_looks_well_paid_against_control(
    home: Home, engine: DuckDBEngine
) -> None:
    _, bought = home_with(home, {"plain": 0.3, "gift": 0.3, "control": 0.05}, gift_yuan=60, many=3000)
    gift = found(home, engine, bought).arms[1]
    assert gift.value is not None
    assert gift.value.low is not None
    assert gift.value.low > 1.0
    assert "wholly below" in gift.advice.why.en


def test_the_next_lower_amount_is_the_nearest_that_is_lower() -> None:
    given = {"plain": 0, "small": 500, "large": 1000, "same": 1000}
    assert [_next_lower(given, name) for name in given] == [None, "plain", "small", "small"]


def test_a_benefit_is_given_beside_the_incentive_at_its_cost(home: Home, engine: DuckDBEngine) -> None:
    _, bought = home_with(home, {"plain": 0.2, "gift": 0.44, "control": 0.1})
    version = StrategyVersion.objects.get()
    version.document["offer"]["benefit_id"] = "B1"
    version.save()
    catalogue: list[dict[str, Any]] = [
        {"benefit_id": "B1", "name": "x", "unit_cost": 700},
        {"benefit_id": "B2", "name": "y"},
    ]
    arms = found(home, engine, bought, benefits=catalogue).arms
    assert [arm.given for arm in arms] == [700, 2700]


def test_only_units_whose_window_has_closed_count_and_none_that_a_standing_experiment_withheld(
    home: Home, engine: DuckDBEngine
) -> None:
    planned, bought = home_with(home, {"plain": 0.2, "gift": 0.44, "control": 0.1})
    ledger.discard(home, "history")
    for number in range(20):
        planned.add(f"late{number}", day(35), "gift", arm_share=0.3, channel="sms")
        planned.add(
            f"held{number}", DAY, "gift", arm_share=0.3, channel="sms", held_by="universal/2026Q3", treated=False,
            disposition="withheld",
        )  # fmt: skip
    ledger.write(home, "history", planned.table())
    gift = found(home, engine, bought).arms[1]
    assert gift.value is not None
    assert (gift.n, gift.value.n) == (150, 350)


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


def test_amounts_are_told_in_yuan() -> None:
    advice = Advice(code="lower", why=LOWER_WHY, to=1_050)
    arm = ArmReturn(
        arm="gift", given=2_000, n=9, value=None, sales=None, beside="plain", marginal=None, advice=advice
    )  # fmt: skip
    told = _arm_json(arm)
    assert (told["given_yuan"], told["to_yuan"]) == (20.0, 10.5)


RATIO = Ratio(ratio=2.0, low=1.5, high=2.5, gain=2.0, cost=1.0, n=900, method="")
LOWER_WHY = Bilingual(zh="更低", en="lower")
LOWER = Lower(amount=1000, shortfall=-0.5, margin=0.1)


@pytest.mark.parametrize(
    ("low", "high", "lower", "code", "to"),
    [
        (1.5, 2.5, None, "keep", None),
        (0.1, 0.9, None, "stop", None),
        (0.1, 1.0, None, "measure", None),
        (1.0, 2.5, None, "keep", None),
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
