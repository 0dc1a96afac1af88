"""What a contact is worth: uplift times value less costs; what enters it, and which models may choose."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from tests.loop.makers import SALT, home_in, lead, night_of, possible, profile, running, stand_in
from wealthloop.engines import DuckDBEngine
from wealthloop.feedback.heard import Heard
from wealthloop.kit import bucket
from wealthloop.loop import worth as worth_module
from wealthloop.loop.effects import StrategyEffects
from wealthloop.loop.feeds import RAMP
from wealthloop.loop.options import Option
from wealthloop.loop.types import Night
from wealthloop.loop.worth import Worth, expected_amount, options_of
from wealthloop.scoring import ContactEffect, Feeds
from wealthloop.strategies.parts import ArmShare
from wealthloop.strategies.valuebook import load_value_book

SALARY, MATURITY = running("idle-salary"), running("maturity-care")
GIVING = running("maturity-care", offer=MATURITY.document.offer.model_copy(update={"benefit_id": "B003"}))
MODEL = SALARY.document.model_id
CUSTOMERS = [f"C{number}" for number in range(400)]
EFFECT = ContactEffect(mean=0.02, sd=0.01, low=0.01, high=0.03, n_treated=0, n_control=0, source="prior")
MEASURED_BASE = 0.04


@pytest.fixture
def night(tmp_path: Path, engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch) -> Night:
    """A night on which every strategy's contact is known to add two in a hundred on each channel."""
    channels = ("app_push", "sms", "wechat", "ai_call", "rm", "remote_agent")
    known = StrategyEffects(by_channel=dict.fromkeys(channels, EFFECT), base_rate=MEASURED_BASE)
    monkeypatch.setattr(worth_module, "strategy_effects", lambda night, strategy: known)  # noqa: ARG005
    return night_of(home_in(tmp_path), engine)


def worth(
    *,
    feeds: Feeds = "full",
    scores: dict[str, float] | None = None,
    min_amounts: dict[str, int] | None = None,
    described: dict[str, Any] | None = None,
    benefit_costs: dict[str, int] | None = None,
) -> Worth:
    given = scores or {}
    return Worth(
        book=load_value_book(),
        scores=pa.table({"customer_id": list(given), MODEL: pa.array(list(given.values()), pa.float64())}),
        records={MODEL: stand_in(SimpleNamespace(model_id=MODEL, version="v7"))},
        feeds={MODEL: feeds},
        profiles={one: described or profile() for one in CUSTOMERS},
        min_amounts=min_amounts or {},
        benefit_costs=benefit_costs or {},
    )


def options(night: Night, known: Worth, *customers: str) -> dict[str, Option]:
    given = [possible(customer, SALARY, "sms") for customer in customers]
    return {one.customer_id: one for one in options_of(night, given, [SALARY], known)}


def test_the_net_value_is_uplift_times_the_value_of_a_sale_less_the_contact(night: Night) -> None:
    known = worth(scores={"C1": 0.1})
    one = options(night, known, "C1")["C1"]
    assert one.amount == 1_500_000
    assert one.sale_value == known.book.value("cash_management", 1_500_000)
    assert one.cost == known.book.contact_cost["sms"]
    assert one.uplift == pytest.approx(0.02)
    assert one.net_value == round(one.uplift * one.sale_value) - one.cost


def test_the_average_effect_is_that_of_tonights_candidates_not_of_the_whole_bank(night: Night) -> None:
    scores = {"C1": 0.30, "C2": 0.10, **dict.fromkeys(CUSTOMERS[3:], 0.01)}
    found = options(night, worth(scores=scores), "C1", "C2")
    assert found["C1"].uplift + found["C2"].uplift == pytest.approx(2 * EFFECT.mean)
    assert found["C1"].uplift == pytest.approx(3 * found["C2"].uplift)


def test_a_healthy_model_chooses_for_everyone_whom_it_scores(night: Night) -> None:
    found = options(night, worth(scores={"C1": 0.2, "C2": 0.1}), "C1", "C2", "C3")
    assert [found[one].p_no_contact for one in ("C1", "C2", "C3")] == pytest.approx([0.2, 0.1, 0.15])
    assert [found[one].model_version for one in ("C1", "C2", "C3")] == ["v7", "v7", None]


def test_a_model_that_may_not_choose_leaves_everyone_the_measured_base_and_the_average_effect(night: Night) -> None:
    found = options(night, worth(feeds="none", scores=dict.fromkeys(CUSTOMERS, 0.2)), *CUSTOMERS)
    assert {one.p_no_contact for one in found.values()} == {MEASURED_BASE}
    assert {one.uplift for one in found.values()} == {EFFECT.mean}
    assert {one.model_version for one in found.values()} == {None}


def test_an_immature_model_chooses_only_on_its_ramp(night: Night) -> None:
    scores = {customer: 0.001 * (1 + place) for place, customer in enumerate(CUSTOMERS)}
    found = options(night, worth(feeds="ramp", scores=scores), *CUSTOMERS)
    on_ramp = {customer for customer in CUSTOMERS if bucket(f"{SALT}/ramp/{MODEL}", customer) < RAMP}
    assert 0 < len(on_ramp) < 0.05 * len(CUSTOMERS)
    assert {customer for customer, one in found.items() if one.model_version} == on_ramp
    assert all(found[customer].p_no_contact == scores[customer] for customer in on_ramp)


def test_a_model_without_scores_and_a_strategy_without_control_leave_the_probabilities_unknown(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = StrategyEffects(by_channel={"sms": EFFECT}, base_rate=None)
    monkeypatch.setattr(worth_module, "strategy_effects", lambda night, strategy: unknown)  # noqa: ARG005
    one = options(night, worth(feeds="none"), "C1")["C1"]
    assert (one.p_contact, one.p_no_contact, one.uplift) == (None, None, EFFECT.mean)


def test_the_order_of_what_is_possible_stays(night: Night) -> None:
    given = [possible(customer, SALARY, channel) for customer in ("C9", "C1") for channel in ("wechat", "sms")]
    made = options_of(night, given, [SALARY], worth(scores={"C1": 0.1}))
    assert [one.possible for one in made] == given


@pytest.mark.parametrize(
    ("trigger", "available", "amount"),
    [
        ("deposit_maturing", 12_000_000, 4_000_000),
        ("large_inflow", 12_000_000, 3_000_000),
        ("salary_idle", 12_000_000, 1_500_000),
        ("large_outflow", 1_000_000, 500_000),
        ("near_tier", 1_000_000, 500_000),
        ("deposit_maturing", 1_000_000, 1_000_000),
        ("salary_idle", None, 0),
        ("salary_idle", 0, 0),
    ],
)
def test_the_amount_is_half_of_the_money_at_hand_within_the_funds(
    trigger: str, available: int | None, amount: int
) -> None:
    one = possible("C1", SALARY, "sms", trigger=trigger)
    assert expected_amount(one, worth(described=profile(available_30d=available))) == amount


def test_the_amount_is_at_least_the_smallest_purchase() -> None:
    one = replace(possible("C1", SALARY, "sms"), lead=lead("C1"))
    assert expected_amount(one, worth(min_amounts={"CASH": 2_000_000})) == 2_000_000


def test_overdraft_room_never_enters(night: Night) -> None:
    poor = profile(available_now=0, available_7d=0, available_30d=0, overdraft_room=50_000_000)
    one = options(night, worth(scores={"C1": 0.1}, described=poor), "C1")["C1"]
    assert one.amount == one.sale_value == 0
    assert one.net_value == -one.cost


def test_a_contact_takes_its_cost_of_the_budget_where_there_is_one(night: Night) -> None:
    known = worth(scores={"C1": 0.1}, benefit_costs={"B003": 10_000})
    given = [possible("C1", GIVING, "rm")]
    free, paid = (
        options_of(night, given, [GIVING], replace(known, budgeted=budgeted))[0] for budgeted in (False, True)
    )
    assert free.uses == {"rm:S1": 1, "strategy:maturity-care": 1}
    assert paid.uses == {"rm:S1": 1, "strategy:maturity-care": 1, "budget": known.book.contact_cost["rm"]}


def test_a_benefit_costs_as_often_as_it_is_redeemed(night: Night) -> None:
    known = worth(scores={"C1": 0.1}, benefit_costs={"B003": 10_000})
    one = options_of(night, [possible("C1", GIVING, "rm")], [GIVING], known)[0]
    assert one.p_contact == pytest.approx(0.12)
    assert one.cost == known.book.contact_cost["rm"] + 1_200


def test_a_success_costs_the_treatment_arms_mean_incentive_because_the_plan_does_not_know_the_arm(night: Night) -> None:
    arms = [("none", 0.2, 0), ("gift", 0.2, 10), ("large", 0.1, 40), ("control", 0.5, 0)]
    given = tuple(
        ArmShare(name=name, share=share, control=name == "control", incentive_yuan=yuan) for name, share, yuan in arms
    )
    paying = running("idle-salary", arms=given)
    known = replace(worth(scores={"C1": 0.1}), budgeted=True)
    one = options_of(night, [possible("C1", paying, "sms")], [paying], known)[0]
    contact, mean = known.book.contact_cost["sms"], (0.2 * 0 + 0.2 * 1000 + 0.1 * 4000) / 0.5
    assert one.p_contact == pytest.approx(0.12)
    assert one.cost == one.budget_cost == contact + round(0.12 * mean)


def test_what_is_no_sale_is_worth_what_the_value_book_says_of_it(night: Night) -> None:
    care, asked = running("fund-loss-care"), running("reassessment")
    for strategy, metric in ((care, "kept"), (asked, "reassessed")):
        given = replace(possible("C1", strategy, "remote_agent", trigger="salary_idle"), product=None)
        known, model = worth(scores={"C1": 0.1}), strategy.document.model_id
        known = replace(
            known,
            scores=known.scores.rename_columns(["customer_id", model]),
            records={model: stand_in(SimpleNamespace(model_id=model, version="v7"))},
            feeds={model: "full"},
        )
        one = options_of(night, [given], [strategy], known)[0]
        assert (one.amount, one.sale_value) == (0, known.book.success_value[metric])
        if metric == "kept":
            assert (one.p_no_contact, one.p_contact) == pytest.approx((0.9, 0.92))
        else:
            assert one.p_no_contact is one.p_contact is None


def test_what_people_say_of_a_category_and_trigger_is_in_the_value_and_named(night: Night) -> None:
    plain = options(night, worth(scores={"C1": 0.1}), "C1")["C1"]
    said = Heard(cards=200, good=20, bad=120, mean=0.25, shrunk=0.3, multiple=0.7)
    cell = ("idle-salary", "cash_management", plain.possible.lead.trigger)
    heard = options(night, replace(worth(scores={"C1": 0.1}), heard={cell: said}), "C1")["C1"]
    assert (plain.heard, heard.heard) == (None, 0.7)
    assert heard.uplift == pytest.approx(0.7 * plain.uplift)
    assert (heard.uplift_low, heard.uplift_high) == pytest.approx((0.7 * plain.uplift_low, 0.7 * plain.uplift_high))
    assert heard.p_no_contact == plain.p_no_contact
    assert heard.p_contact == pytest.approx(0.1 + heard.uplift)
    assert heard.net_value == round(heard.uplift * heard.sale_value) - heard.cost
    other = ("idle-salary", "bond_fund", plain.possible.lead.trigger)
    assert options(night, replace(worth(scores={"C1": 0.1}), heard={other: said}), "C1")["C1"] == plain
