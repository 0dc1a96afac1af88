"""Standing experiments are read once, by intention to treat, and only while every check holds."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from statsmodels.stats.multitest import multipletests

from tests.reports.worlds import DAY, PRODUCTS, MemoryBank, Planned, buy, day
from wealthloop import ledger
from wealthloop.delivery.models import Intent
from wealthloop.engines import DuckDBEngine
from wealthloop.experiments.fixed import Units as Column
from wealthloop.experiments.fixed import compare
from wealthloop.kit import Home
from wealthloop.reports import standing as module
from wealthloop.reports import standingchecks, standingunits
from wealthloop.reports.standing import StandingReport, _aum, _column, standing
from wealthloop.reports.standingchecks import standing_checks
from wealthloop.reports.standingunits import Members, ever_in, members_of
from wealthloop.strategies.designs import StandingDesign, _keep

pytestmark = pytest.mark.django_db

N = 3000
SALT = "salt-of-a-test"
DESIGN = StandingDesign(
    kind="universal", name="universal", period="2026Q3", begins=DAY, ends=day(29), share=0.3, categories=("bond_fund",),
)  # fmt: skip


def tables(design: StandingDesign = DESIGN) -> dict[str, list[dict[str, Any]]]:
    """Return a bank in which the platform makes a fifth of its customers buy, and a tenth of the others do."""
    customers = [
        {"customer_id": f"C{n:04d}", "open_date": day(-100), "branch_id": f"B{n % 80}"} for n in range(N)
    ]  # fmt: skip
    moves: list[dict[str, Any]] = []
    counts = [0, 0]
    for row in customers:
        unit = row["customer_id"] if design.unit == "customer" else row["branch_id"]
        arm = design.arm_of(SALT, str(unit))
        assert arm is not None
        counts[arm.control] += 1
        if counts[arm.control] % (10 if arm.control else 5) == 0:
            moves.append(buy(len(moves), str(row["customer_id"]), day(5), amount=-50_000))
    return {"customers": customers, "products": list(PRODUCTS), "transactions": moves}


def report(engine: DuckDBEngine, home: Home, as_of: date, *designs: StandingDesign) -> list[StandingReport]:
    for one in designs or (DESIGN,):
        _keep(home, one)
    bank = MemoryBank(engine, tables(designs[0] if designs else DESIGN))
    return list(standing(bank, home, as_of=as_of))


def test_i12_nothing_is_told_before_the_quarter_has_ended(engine: DuckDBEngine, home: Home) -> None:
    (found,) = report(engine, home, day(28))
    assert found.effects == ()
    assert found.pending is not None
    assert "1 days to go" in found.pending.en
    assert sum(n for _, n, _ in found.arms) == N


def test_the_effect_is_that_of_everybody_drawn(engine: DuckDBEngine, home: Home) -> None:
    (found,) = report(engine, home, day(29))
    assert found.pending is None
    effects = {one.metric: one for one in found.effects}
    primary = effects["conversion"]
    assert primary.effect == pytest.approx(0.1, abs=0.005)
    assert primary.low > 0
    assert primary.n_control + primary.n_treatment == N
    assert primary.adjusted is None
    assert effects["amount"].effect == pytest.approx(0.1 * 50_000, rel=0.05)
    assert effects["amount"].adjusted is not None
    assert effects["amount"].adjusted >= effects["amount"].pvalue
    assert effects["aum"].effect == 0


def test_clusters_are_read_as_clusters(engine: DuckDBEngine, home: Home) -> None:
    by_branch = DESIGN.model_copy(update={"kind": "by_hand", "name": "by_hand", "unit": "branch", "share": 0.5})
    (found,) = report(engine, home, day(29), by_branch)
    assert sum(clusters for *_, clusters in found.arms) == 80
    assert "CR2" in found.effects[0].method
    few = by_branch.model_copy(update={"share": 0.1})
    other = Home.create(home.root.parent / "few", salt=SALT)
    (small,) = report(engine, other, day(29), few)
    assert small.pending is not None
    assert "20 are needed" in small.pending.en


def sent(customer: str, on: date, *, state: str = "sent", **more: Any) -> None:  # noqa: ANN401 - any field
    at = f"{on.isoformat()}T04:00:00+00:00"
    given: dict[str, Any] = {
        "intent_id": f"I{customer}", "run_id": "r", "strategy_id": "deposit", "strategy_version": 1,
        "customer_id": customer, "channel": "sms", "step": "s/0", "lead_id": "l", "content": {}, "content_hash": "x",
        "approval_hash": "x", "consent_snapshot": {}, "not_before": at, "not_after": at, "state": state,
        "created_at": at, "claimed_at": at, "finished_at": None if state == "claimed" else at,
    } | more  # fmt: skip
    Intent.objects.create(**given)


def members(*arms: int, clusters: Sequence[int] | None = None) -> Members:
    """Return members C0, C1, ... of these arms."""
    return Members(
        customer_id=pa.array([f"C{n}" for n in range(len(arms))]), arm=np.array(arms),
        cluster=None if clusters is None else np.array(clusters),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("on", "as_of", "state", "strategy_id", "locks"),
    [
        (0, 29, "sent", "deposit", True),
        (29, 29, "unknown", "deposit", True),
        (29, 28, "claimed", "deposit", True),
        (30, 40, "sent", "deposit", False),
        (-1, 29, "claimed", "deposit", False),
        (3, 29, "suppressed", "deposit", False),
        (3, 29, "failed", "deposit", False),
        (3, 29, "sent", "other", False),
    ],
)
def test_i12_contacts_of_the_design_in_its_quarter_that_may_have_left_cross_over(
    engine: DuckDBEngine, home: Home, on: int, as_of: int, state: str, strategy_id: str, locks: bool
) -> None:
    design = DESIGN.model_copy(update={"strategies": ("deposit",), "share": 0.5})
    sent("C1", day(on), state=state, strategy_id=strategy_id)
    sent("C0", day(3))
    found = standing_checks(MemoryBank(engine, {}), home, design, members(0, 1), as_of=day(as_of))
    assert (found[1].name, found[1].ok) == ("crossover", not locks)


def test_who_has_become_exempt_may_be_contacted(
    engine: DuckDBEngine, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standingchecks, "ever_in", lambda *_, **__: {"C1"})
    for customer in ("C1", "C2"):
        sent(customer, day(3))
        found = standing_checks(MemoryBank(engine, {}), home, DESIGN, members(0, 1, 1), as_of=day(29))
        assert found[1].ok == (customer == "C1")


def test_managers_who_choose_by_hand_are_sent_no_cards_and_messages_are_not_theirs(
    engine: DuckDBEngine, home: Home
) -> None:
    design = DESIGN.model_copy(update={"kind": "by_hand", "name": "by_hand", "unit": "rm", "share": 0.5})
    staff = {arm.control: f"S{n}" for n in range(40) if (arm := design.arm_of(home.settings.salt, f"S{n}")) is not None}
    for number, (channel, control, crosses) in enumerate([("sms", True, 0), ("rm", False, 0), ("rm", True, 1)]):
        sent(f"C{number}", day(3), channel=channel, staff_id=staff[control])
        found = standing_checks(MemoryBank(engine, {}), home, design, members(0, 1), as_of=day(29))
        assert found[1].found.en.startswith("1 contacts" if crosses else "no contact")


def test_the_arms_are_held_against_the_designs_own_shares(engine: DuckDBEngine, home: Home) -> None:
    for platform, ok in ((700, True), (500, False), (300, False)):
        drawn = members(*[0] * platform, *[1] * (1000 - platform))
        assert standing_checks(MemoryBank(engine, {}), home, DESIGN, drawn, as_of=day(29))[0].ok == ok


def test_what_is_measured_begins_and_ends_with_the_quarter_and_is_cut_by_the_one_before(engine: DuckDBEngine) -> None:
    moves = [
        ("C0", -31, 7_000_000), ("C0", -30, 300), ("C0", -1, 400), ("C0", 0, 50), ("C1", 29, 60), ("C1", 30, 7_000),
        ("C2", 3, 900_000), ("C3", 3, 70),
    ]  # fmt: skip
    rows = [buy(n, who, day(on), amount=-amount) for n, (who, on, amount) in enumerate(moves)]
    rows.append(buy(99, "C3", day(3), product_id="P2"))
    bank = MemoryBank(engine, {"products": list(PRODUCTS), "transactions": rows})
    outcome, before = _column(bank, DESIGN, members(0, 0, 1, 1), "amount")
    cut = 700.0
    assert before.tolist() == pytest.approx([cut, 0.0, 0.0, 0.0])
    assert outcome.tolist() == pytest.approx([50.0, 60.0, cut, 70.0])
    assert [one.tolist() for one in _column(bank, DESIGN, members(0, 0, 1, 1), "conversion")] == [
        [1.0] * 4,
        [1, 0, 0, 0],
    ]


def test_assets_are_those_of_the_last_month_at_the_end_and_on_the_eve(
    engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def averages(*_: object, as_of: date) -> Any:  # noqa: ANN401 - of this one only the averages are read
        return SimpleNamespace(averages=np.array([[1, 20], [3, 30 if as_of == day(29) else 40]]))

    monkeypatch.setattr(module, "monthly_aum", averages)
    outcome, before = _column(MemoryBank(engine, {}), DESIGN, members(0, 1), "aum")
    assert before.tolist() == pytest.approx([20.0, 40.0], abs=0.1)
    assert outcome.tolist() == [20.0, 30.0]
    assert _aum(MemoryBank(engine, {}), members(0, 1), day(28)).tolist() == [20.0, 40.0]


def test_a_small_arms_amounts_are_read_by_redrawing_and_secondary_metrics_are_adjusted_by_benjamini_and_hochberg(
    engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(7)
    before = random.lognormal(3, 1, 600)
    outcome = before * random.lognormal(0, 0.5, 600)
    monkeypatch.setattr(module, "_column", lambda *_: ((outcome > 20).astype(float), (before > 20).astype(float)))
    monkeypatch.setattr(module, "_DRAWS", 199)
    found = module._effects(MemoryBank(engine, {}), DESIGN, members(*[0] * 560, *[1] * 40))
    assert ["redrawn" in one.method for one in found] == [False, True, True]
    raw = [one.pvalue for one in found[1:]]
    assert [one.adjusted for one in found] == pytest.approx([None, *multipletests(raw, method="fdr_bh")[1]])
    even = module._effects(MemoryBank(engine, {}), DESIGN, members(*[0] * 300, *[1] * 300))
    assert not any("redrawn" in one.method for one in even)
    flags = [(values > 20).astype(float) for values in (outcome, before)]
    arms = [Column(value=flags[0][part], covariate=flags[1][part]) for part in (slice(300, None), slice(300))]
    known = compare(*arms)
    assert (even[1].effect, even[1].low, even[1].high) == (known.effect, known.low, known.high)


def test_exempt_are_those_whose_newest_tier_of_the_evening_before_is(
    engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def history(bank: object, ids: Any, *, as_of: date) -> pa.Table:  # noqa: ANN401, ARG001 - Arrow strings
        assert as_of == DAY - timedelta(days=1)
        return pa.table({"customer_id": ["A", "A", "B", "B"], "tier": ["private", "mass", "mass", "private"]})

    monkeypatch.setattr(standingunits, "tier_history", history)
    people = [{"customer_id": who, "open_date": day(-9), "branch_id": "B1"} for who in ("A", "B")]
    people.append({"customer_id": "late", "open_date": DAY, "branch_id": "B1"})
    exempt = DESIGN.model_copy(update={"exempt_tiers": ("private",)})
    found = members_of(MemoryBank(engine, {"customers": people}), exempt, salt=SALT)
    assert found.customer_id.to_pylist() == ["A"]
    assert ever_in(MemoryBank(engine, {}), ["A", "B"], ("private",), as_of=DAY - timedelta(days=1)) == {"A", "B"}


def held_out(engine: DuckDBEngine) -> Iterator[str]:
    return iter(members_of(MemoryBank(engine, tables()), DESIGN, salt=SALT).in_arm(1))


def test_i10_i12_a_held_out_customer_who_was_contacted_locks_the_effect(engine: DuckDBEngine, home: Home) -> None:
    out = held_out(engine)
    sent(next(out), day(-1))
    assert report(engine, home, day(29))[0].effects
    sent(next(out), day(3))
    (found,) = report(engine, home, day(29))
    assert found.effects == ()
    assert [check.ok for check in found.checks] == [True, False, True]


def test_i12_a_held_contact_that_has_an_intent_locks_the_effect(engine: DuckDBEngine, home: Home) -> None:
    customer = next(held_out(engine))
    planned = Planned()
    planned.add(
        customer, day(2), "contact", decision_id="ICX", disposition="withheld", treated=False, held_by=DESIGN.design_id
    )  # fmt: skip
    ledger.write(home, "history", planned.table())
    assert report(engine, home, day(29))[0].effects
    sent("CX", day(40))
    assert [check.ok for check in report(engine, home, day(29))[0].checks] == [True, True, False]


def test_i12_a_market_that_served_another_arms_customer_locks_the_effect(engine: DuckDBEngine, home: Home) -> None:
    rule = DESIGN.model_copy(update={"kind": "rule", "name": "random_action", "share": 0.5})
    arm = rule.arm_of(SALT, "C0001")
    assert arm is not None
    planned = Planned()
    planned.add("C0001", day(2), "contact", market=f"{rule.design_id}/{arm.name}")
    ledger.write(home, "history", planned.table())
    assert report(engine, home, day(29), rule)[0].effects
    other = next(one.name for one in rule.arms if one.name != arm.name)
    wrong = replace(planned, rows=[{**planned.rows[0], "market": f"{rule.design_id}/{other}"}])
    astray = Home.create(home.root.parent / "astray", salt=SALT)
    ledger.write(astray, "history", wrong.table())
    assert not report(engine, astray, day(29), rule)[0].effects


@pytest.mark.parametrize(("disposition", "intent"), [("withheld", ""), ("withheld", "H1"), ("imported_sent", "")])
def test_every_contact_that_was_held_back_was_withheld_and_has_no_intent(
    engine: DuckDBEngine, home: Home, disposition: str, intent: str
) -> None:
    planned = Planned()
    for who, now in (("H0", "withheld"), ("H1", disposition)):
        held = {"decision_id": f"I{who}", "disposition": now, "treated": False, "held_by": DESIGN.design_id}
        planned.add(who, day(2), "contact", **held)
    ledger.write(home, "history", planned.table())
    if intent:
        sent(intent, day(40))
    found = standing_checks(MemoryBank(engine, {}), home, DESIGN, members(0, 1), as_of=day(29))[2]
    assert (found.name, found.ok) == ("reconciliation", disposition == "withheld" and not intent)


@pytest.mark.parametrize(("unit", "least"), [("customer", 30), ("branch", 20)])
def test_an_arm_of_too_few_units_is_not_read(unit: str, least: int) -> None:
    design = DESIGN.model_copy(update={"unit": unit})
    for size in (least - 1, least):
        arms = [0] * least + [1] * size
        drawn = members(*arms, clusters=None if unit == "customer" else range(len(arms)))
        why = module._not_yet(design, drawn, (), DESIGN.ends)
        assert (why is None) == (size == least)


def test_the_newest_experiment_is_reported_first(engine: DuckDBEngine, home: Home) -> None:
    newer = DESIGN.model_copy(update={"period": "2026Q4", "begins": day(30), "ends": day(50)})
    assert [one.design.period for one in report(engine, home, day(40), DESIGN, newer)] == ["2026Q4", "2026Q3"]


def test_a_design_that_has_not_begun_is_not_reported(engine: DuckDBEngine, home: Home) -> None:
    assert report(engine, home, DAY - timedelta(days=2)) == []
    assert len(report(engine, home, DAY - timedelta(days=1))) == 1
