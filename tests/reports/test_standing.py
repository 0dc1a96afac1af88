"""Standing experiments are read once, by intention to treat, and only while every check holds."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from tests.reports.worlds import DAY, PRODUCTS, MemoryBank, Planned, buy, day
from wealthloop import ledger
from wealthloop.delivery.models import Intent
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home
from wealthloop.reports.standing import StandingReport, standing
from wealthloop.reports.standingunits import members_of
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


def sent(customer: str, on: date) -> None:
    at = f"{on.isoformat()}T04:00:00+00:00"
    Intent.objects.create(
        intent_id=f"I{customer}", run_id="r", strategy_id="deposit", strategy_version=1, customer_id=customer,
        channel="sms", step="s/0", lead_id="l", content={}, content_hash="x", approval_hash="x", consent_snapshot={},
        not_before=at, not_after=at, state="sent", created_at=at, finished_at=at,
    )  # fmt: skip


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


def test_a_design_that_has_not_begun_is_not_reported(engine: DuckDBEngine, home: Home) -> None:
    assert report(engine, home, DAY - timedelta(days=2)) == []
