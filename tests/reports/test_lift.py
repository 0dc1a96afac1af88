"""Reports of strategies in a world whose true effect is known by arithmetic."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from tests.reports.worlds import PRODUCTS, MemoryBank, Planned, buy, day, launch
from wealthloop import ledger
from wealthloop.access.models import PersonKey
from wealthloop.delivery.models import Intent
from wealthloop.engines import DuckDBEngine
from wealthloop.experiments import Arm, Trial, always_valid_effect, assign, experiment_id
from wealthloop.kit import Home
from wealthloop.reports import effects_json, pending_json
from wealthloop.reports.lift import effects
from wealthloop.reports.past import past_contacts
from wealthloop.reports.types import StrategyReport
from wealthloop.strategies.models import StrategyVersion

pytestmark = pytest.mark.django_db

N = 1_000
TREATED_BUYS, CONTROL_BUYS = 5, 10
"""One treated customer in five buys and one control customer in ten: the true effect is 0.1."""
EFFECT = 1 / TREATED_BUYS - 1 / CONTROL_BUYS


@dataclass
class World:
    """Customers planned over 20 days, 50 a day, arms by hash; who buys is decided by counting within the arm."""

    planned: Planned = field(default_factory=Planned)
    moves: list[dict[str, Any]] = field(default_factory=list)
    contacts: list[dict[str, Any]] = field(default_factory=list)
    buys: dict[str, bool] = field(default_factory=dict)

    def bank(self, engine: DuckDBEngine) -> MemoryBank:
        customers = [{"customer_id": customer, "open_date": day(-100)} for customer in self.buys]
        return MemoryBank(
            engine,
            {
                "customers": customers,
                "products": PRODUCTS,
                "transactions": self.moves,
                "contacts": self.contacts,
            },
        )

    def report(self, engine: DuckDBEngine, home: Home, *, offset: int = 60) -> StrategyReport:
        ledger.write(home, "history", self.planned.table())
        (report,) = effects(self.bank(engine), engine, home, as_of=day(offset))
        return report


@pytest.fixture
def world() -> World:
    made = World()
    arms = launch()
    counts = {arm.name: 0 for arm in arms}
    for number in range(N):
        customer, on = f"C{number:04d}", day(number // 50)
        arm = assign("salt-of-a-test", experiment_id("deposit", 1), customer, arms)
        every = CONTROL_BUYS if arm.control else TREATED_BUYS
        counts[arm.name] += 1
        made.buys[customer] = counts[arm.name] % every == 0
        made.planned.add(customer, on, arm.name)
        if made.buys[customer]:
            made.moves.append(buy(number, customer, on + timedelta(days=1 + number % 10)))
    return made


def test_the_true_effect_lies_in_a_clear_interval_labelled_incremental(
    world: World, engine: DuckDBEngine, home: Home
) -> None:
    report = world.report(engine, home)
    (effect,) = report.effects
    assert effect.low < EFFECT < effect.high
    assert effect.effect == pytest.approx(EFFECT, abs=0.02)
    assert effect.low > 0
    assert effect.n == N
    assert effect.incremental
    assert report.as_of == day(60)
    assert not report.pending
    assert not report.locked


def test_the_effect_is_that_of_the_same_customers_in_maturation_order(
    world: World, engine: DuckDBEngine, home: Home
) -> None:
    report = world.report(engine, home)
    treated = np.array([row["treated"] for row in world.planned.rows])
    bought = np.array([world.buys[row["person_key"]] for row in world.planned.rows], dtype=float)
    trial = Trial(treated=treated, outcome=bought, covariate=np.zeros(N), share=0.8)
    expected = always_valid_effect(trial, n_planned=report.n_planned)
    (effect,) = report.effects
    assert (effect.effect, effect.low, effect.high) == (expected.estimate, expected.low, expected.high)  # type: ignore[union-attr]


def test_counts_by_state_add_up_to_planned_in_each_arm(world: World, engine: DuckDBEngine, home: Home) -> None:
    world.planned.rows[0]["disposition"] = (
        "imported_suppressed" if world.planned.rows[0]["treated"] else world.planned.rows[0]["disposition"]
    )
    report = world.report(engine, home)
    for arm in report.arms:
        assert arm.planned == sum(count for _, count in arm.states) == arm.n_units == arm.n_matured
    contact, control = report.arms
    assert dict(control.states)["withheld"] == control.planned
    assert dict(contact.states)["sent"] + dict(contact.states)["suppressed"] == contact.planned
    assert contact.planned + control.planned == N


def test_only_customers_whose_window_has_closed_enter(world: World, engine: DuckDBEngine, home: Home) -> None:
    report = world.report(engine, home, offset=24)
    assert sum(arm.n_matured for arm in report.arms) == 15 * 50
    assert sum(arm.n_units for arm in report.arms) == N
    assert report.effects[0].n == 15 * 50


def test_i15_what_happens_after_the_day_changes_nothing(world: World, engine: DuckDBEngine, home: Home) -> None:
    before = world.report(engine, home, offset=24)
    world.moves += [buy(9_000 + n, f"C{n:04d}", day(25)) for n in range(N)]
    (after,) = effects(world.bank(engine), engine, home, as_of=day(24))
    assert after == before


def test_a_customer_of_several_nights_counts_once_from_the_first(
    world: World, engine: DuckDBEngine, home: Home
) -> None:
    for row in world.planned.rows[:200]:
        world.planned.add(row["person_key"], day(30), row["arm"])
    report = world.report(engine, home)
    assert sum(arm.n_units for arm in report.arms) == N
    assert sum(arm.planned for arm in report.arms) == N + 200


def locked(report: StrategyReport, check: str) -> None:
    assert not report.effects
    assert [found.name for found in report.checks if not found.ok] == [check]
    (waiting,) = report.pending
    assert waiting.locked
    assert waiting.why.zh
    assert waiting.why.en


def test_i12_a_skewed_split_locks_the_effect(world: World, engine: DuckDBEngine, home: Home) -> None:
    controls = [row for row in world.planned.rows if row["arm"] == "control"]
    world.planned.rows = [row for row in world.planned.rows if row not in controls[: len(controls) // 2]]
    locked(world.report(engine, home), "sample_ratio")


def test_i10_i12_a_control_customer_whom_the_bank_contacted_locks_the_effect(
    world: World, engine: DuckDBEngine, home: Home
) -> None:
    row = next(row for row in world.planned.rows if row["arm"] == "control")
    world.contacts.append(contact(row["person_key"], row["as_of"] + timedelta(days=2)))
    locked(world.report(engine, home), "crossover")


def test_contacts_of_other_strategies_are_no_crossover(world: World, engine: DuckDBEngine, home: Home) -> None:
    row = next(row for row in world.planned.rows if row["arm"] == "control")
    world.contacts.append(contact(row["person_key"], row["as_of"] + timedelta(days=2), strategy_id="other"))
    assert world.report(engine, home).effects


def contact(customer_id: str, on: object, *, strategy_id: str = "deposit") -> dict[str, Any]:
    return {
        "contact_id": "X1", "customer_id": customer_id, "at_day": on, "channel": "rm", "strategy_id": strategy_id
    }  # fmt: skip


def test_i10_i12_a_control_row_that_was_sent_locks_the_effect(world: World, engine: DuckDBEngine, home: Home) -> None:
    row = next(row for row in world.planned.rows if row["arm"] == "control")
    row["disposition"] = "imported_sent"
    locked(world.report(engine, home), "crossover")


def test_i9_i12_a_customer_in_two_arms_locks_the_effect(world: World, engine: DuckDBEngine, home: Home) -> None:
    row = next(row for row in world.planned.rows if row["arm"] == "contact")
    world.planned.add(row["person_key"], day(30), "control")
    assert "reconciliation" in {check.name for check in world.report(engine, home).checks if not check.ok}


def test_i12_shares_unlike_the_documents_lock_the_effect(world: World, engine: DuckDBEngine, home: Home) -> None:
    world.planned.rows[-1]["arm_share"] = 0.5
    locked(world.report(engine, home), "reconciliation")


def test_i12_an_outcome_of_a_table_that_the_bank_does_not_give_locks_the_effect(
    world: World, engine: DuckDBEngine, home: Home
) -> None:
    document = StrategyVersion.objects.get().document
    StrategyVersion.objects.update(document=document | {"success": document["success"] | {"metric": "plan_begun"}})
    report = world.report(engine, home)
    locked(report, "outcome")
    assert "plans" in report.pending[0].why.en
    assert report.guardrails == ()
    bank = world.bank(engine)
    bank.add("plans", [{"customer_id": "C0001", "product_id": "P1", "kind": "regular_investment", "at_day": day(3)}])
    (told,) = effects(bank, engine, home, as_of=day(60))
    assert not told.locked


@pytest.mark.parametrize(
    ("state", "crossed"), [("sent", True), ("unknown", True), ("claimed", True), ("pending", False), ("failed", False)]
)
def test_i10_an_intent_that_may_have_reached_control_is_a_crossover(
    world: World, engine: DuckDBEngine, home: Home, state: str, crossed: bool
) -> None:
    row = next(row for row in world.planned.rows if row["arm"] == "control")
    stage(row["decision_id"], row["person_key"], state)
    found = {check.name: check.ok for check in world.report(engine, home).checks}
    assert found["crossover"] is not crossed
    assert not found["reconciliation"]


@pytest.mark.parametrize(("offset", "locks"), [(1, True), (10, True), (0, False), (11, False)])
def test_i10_the_banks_own_contacts_count_from_the_first_to_the_last_day_of_the_window(
    world: World, engine: DuckDBEngine, home: Home, offset: int, locks: bool
) -> None:
    row = next(row for row in world.planned.rows if row["arm"] == "control")
    world.contacts.append(contact(row["person_key"], row["as_of"] + timedelta(days=offset)))
    assert world.report(engine, home).locked is locks


Break = Callable[[World], None]


def lose_an_intent(world: World) -> None:
    """A released contact whose intent was dropped by a bug."""
    released(world)
    Intent.objects.filter(intent_id=world.planned.rows[-1]["decision_id"]).delete()


def invent_an_intent(world: World) -> None:
    """An intent that no decision stands behind."""
    released(world)
    stage("invented", "C0001", "sent")


def send_what_is_withheld(world: World) -> None:
    """An intent for a withheld decision."""
    row = next(row for row in world.planned.rows if row["arm"] == "control")
    stage(row["decision_id"], row["person_key"], "pending")


@pytest.mark.parametrize("seeded_bug", [lose_an_intent, invent_an_intent, send_what_is_withheld])
def test_i2_i12_a_ledger_that_does_not_reconcile_with_the_outbox_locks_the_effect(
    world: World, engine: DuckDBEngine, home: Home, seeded_bug: Break
) -> None:
    seeded_bug(world)
    locked(world.report(engine, home), "reconciliation")


def released(world: World) -> None:
    """Turn the last night's treatment into intents, in every state."""
    treated = [row for row in world.planned.rows if row["treated"]][-20:]
    others = ["sent", "suppressed", "failed", "expired", "unknown", "pending", "claimed"]
    for number, row in enumerate(treated):
        row["disposition"] = "released"
        stage(row["decision_id"], row["person_key"], others[number % len(others)])
    world.planned.rows.remove(treated[-1])
    world.planned.rows.append(treated[-1])


def stage(intent_id: str, customer_id: str, state: str, *, run_id: str = "history") -> None:
    now = datetime(2026, 9, 20, tzinfo=UTC)
    Intent.objects.create(
        intent_id=intent_id, run_id=run_id, strategy_id="deposit", strategy_version=1, customer_id=customer_id,
        channel="rm", step=intent_id, lead_id="L", content={}, content_hash="", approval_hash="",
        consent_snapshot={}, not_before=now, not_after=now, state=state, created_at=now,
    )  # fmt: skip


def test_i2_every_state_of_the_outbox_is_counted_and_reconciles(world: World, engine: DuckDBEngine, home: Home) -> None:
    released(world)
    report = world.report(engine, home)
    assert not report.locked
    states = dict(report.arms[0].states)
    assert (states["failed"], states["expired"], states["unknown"], states["pending"]) == (3, 3, 3, 5)
    assert sum(states.values()) == report.arms[0].planned


def test_released_contacts_of_a_night_that_is_not_staged_yet_are_pending(
    world: World, engine: DuckDBEngine, home: Home
) -> None:
    fresh = Planned()
    fresh.add("C0000", day(40), world.planned.rows[0]["arm"], decision_id="new", run_id="newest")
    fresh.rows[0]["disposition"] = "released" if fresh.rows[0]["treated"] else "withheld"
    ledger.write(home, "newest", fresh.table())
    report = world.report(engine, home)
    assert not report.locked
    assert sum(dict(arm.states)["pending"] for arm in report.arms) == int(fresh.rows[0]["treated"])


def test_too_few_customers_are_pending_not_locked(world: World, engine: DuckDBEngine, home: Home) -> None:
    world.planned.rows = world.planned.rows[:60]
    (waiting,) = world.report(engine, home).pending
    assert waiting.code == "too_few_units"
    assert not waiting.locked


def test_the_json_names_exactly_what_is_shown_and_what_waits(world: World, engine: DuckDBEngine, home: Home) -> None:
    report = world.report(engine, home)
    (shown,) = effects_json((report,))
    assert list(shown) == ["strategy", "arm", "metric", "effect", "interval", "n"]
    assert shown["interval"] == [report.effects[0].low, report.effects[0].high]
    assert pending_json((report,)) == []
    early = effects(world.bank(engine), engine, home, as_of=day(5))
    assert effects_json(early) == []
    (waiting,) = pending_json(early)
    assert list(waiting) == ["strategy", "arm", "metric", "why"]


def test_looking_on_every_day_never_shows_a_false_winner_here(world: World, engine: DuckDBEngine, home: Home) -> None:
    world.report(engine, home)
    looks = [effects(world.bank(engine), engine, home, as_of=day(offset)) for offset in range(10, 34, 2)]
    shown = [effect for (report,) in looks for effect in report.effects]
    assert len(shown) >= 6
    assert all(effect.low < EFFECT < effect.high for effect in shown)


def test_an_amount_is_cut_at_what_was_fixed_before_the_start(world: World, engine: DuckDBEngine, home: Home) -> None:
    launch(metric="amount")
    world.moves += [buy(20_000 + n, f"C{n:04d}", day(-3), amount=-200) for n in range(50)]
    world.moves.append(buy(30_000, next(c for c, b in world.buys.items() if b), day(9), amount=-(10**9)))
    report = world.report(engine, home)
    (effect,) = report.effects
    assert "winsorised at 200" in effect.estimand
    assert effect.low < EFFECT * 100 < effect.high
    assert "200" in report.lineage.en


def test_i15_nothing_learned_after_the_start_moves_the_planned_number(
    world: World, engine: DuckDBEngine, home: Home
) -> None:
    world.moves += [buy(20_000 + n, f"C{n:04d}", day(-3)) for n in range(30)]
    before = world.report(engine, home)
    world.moves += [buy(30_000 + n, f"C{n:04d}", day(-2)) | {"known_at": datetime(2026, 9, 20)} for n in range(50, 90)]  # noqa: DTZ001
    bank = world.bank(engine)
    bank.add("customers", [{"customer_id": f"late{n}", "open_date": day(20)} for n in range(500)])
    (after,) = effects(bank, engine, home, as_of=day(60))
    assert after.n_planned == before.n_planned


def test_several_arms_are_each_read_against_control(engine: DuckDBEngine, home: Home) -> None:
    arms = launch(
        arms=(
            Arm(name="card", share=0.4, control=False),
            Arm(name="sms", share=0.3, control=False),
            Arm(name="control", share=0.3, control=True),
        )
    )
    world = World()
    for number in range(N):
        customer = f"C{number:04d}"
        arm = assign("salt-of-a-test", experiment_id("deposit", 1), customer, arms)
        world.buys[customer] = number % {"card": 2, "sms": 5, "control": 5}[arm.name] == 0
        world.planned.add(customer, day(number // 50), arm.name, arm_share=arm.share)
        if world.buys[customer]:
            world.moves.append(buy(number, customer, day(number // 50 + 3)))
    card, sms = world.report(engine, home).effects
    assert card.low > 0
    assert card.low < 0.3 < card.high
    assert sms.low < 0.0 < sms.high
    assert "97.5 %" in sms.method
    assert card.n_control == sms.n_control


def test_past_contacts_carry_the_propensity_of_the_first_plan(world: World, engine: DuckDBEngine, home: Home) -> None:
    world.planned.rows[1]["p_no_contact"] = 0.25
    world.planned.add("C0001", day(5), world.planned.rows[1]["arm"], p_no_contact=0.75, channel="sms")
    world.report(engine, home)
    past = past_contacts(world.bank(engine), engine, home, strategy_id="deposit", version=1, as_of=day(24))
    assert past.p_no_contact[1] == 0.25
    assert past.channel[1] == "rm"
    assert np.isnan(past.p_no_contact[0])


def test_past_contacts_give_what_the_uplift_model_learns_from(world: World, engine: DuckDBEngine, home: Home) -> None:
    world.report(engine, home)
    past = past_contacts(world.bank(engine), engine, home, strategy_id="deposit", version=1, as_of=day(24))
    assert len(past.customer_id) == 750
    assert past.outcome.tolist() == [float(world.buys[customer]) for customer in past.customer_id]
    assert past.treated.tolist() == [row["treated"] for row in world.planned.rows[:750]]
    assert past.first_day[-1] == np.datetime64(day(14))
    assert past.share == pytest.approx(0.8)


def test_i22_a_customer_whose_key_was_destroyed_leaves_the_effect_but_not_the_counts(
    world: World, engine: DuckDBEngine, home: Home
) -> None:
    first = world.report(engine, home)
    PersonKey.objects.filter(customer_id="C0001").delete()
    (second,) = effects(world.bank(engine), engine, home, as_of=day(60))
    assert sum(arm.planned for arm in second.arms) == sum(arm.planned for arm in first.arms)
    assert second.effects[0].n == N - 1
    assert not second.locked


def test_what_a_standing_experiment_withholds_is_counted_apart_and_makes_nobody_a_unit(
    world: World, engine: DuckDBEngine, home: Home
) -> None:
    before = world.report(engine, home)
    for number, arm in enumerate(("contact", "control")):
        world.planned.add(f"H{number}", day(0), arm, disposition="withheld", treated=False, held_by="universal/2026Q3")
    held = Home.create(home.root.parent / "held", salt="salt-of-a-test")
    report = world.report(engine, held)
    assert report.effects == before.effects
    assert not report.locked
    assert [dict(arm.states)["held_out"] for arm in report.arms] == [1, 1]
    assert [arm.n_units for arm in report.arms] == [arm.n_units for arm in before.arms]
    world.planned.rows[-1]["disposition"] = "imported_sent"
    sent = Home.create(home.root.parent / "sent", salt="salt-of-a-test")
    assert world.report(engine, sent).locked
