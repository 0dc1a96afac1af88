"""A fixed horizon: no result before the planned units have matured, and no other result ever after."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import f_oneway, norm

from tests.reports.worlds import DAY, PRODUCTS, MemoryBank, Planned, buy, criterion, day, launch
from wealthloop import ledger
from wealthloop.engines import DuckDBEngine
from wealthloop.experiments import Arm, Effect, Pending, Trial
from wealthloop.experiments.fixed import Units, compare
from wealthloop.experiments.randomised import compare_randomised
from wealthloop.kit import Home, bucket
from wealthloop.reports.clusters import clusters_on
from wealthloop.reports.design import fixed_before, planned_units
from wealthloop.reports.lift import effects
from wealthloop.reports.once import effect_once, ended_with
from wealthloop.reports.types import StrategyReport
from wealthloop.strategies.models import StrategyVersion

RNG = np.random.default_rng(5)
N = 900
DAYS = np.sort(RNG.integers(0, 30, N)).astype("datetime64[D]")
TRIAL = Trial(treated=RNG.random(N) < 0.5, outcome=(RNG.random(N) < 0.3).astype(float), share=0.5)
CLUSTER = RNG.integers(0, 30, N) * 2 + TRIAL.treated


def read(trial: Trial = TRIAL, *, n: int = N, n_planned: int = 500, **changes: Any) -> Effect | Pending:  # noqa: ANN401
    covariate = None if trial.covariate is None else trial.covariate[:n]
    part = replace(trial, treated=trial.treated[:n], outcome=trial.outcome[:n], covariate=covariate)
    given = {"first_day": DAYS[:n], "cluster": None, "alpha": 0.05, "cut": None, "binary": True} | changes
    return effect_once(part, n_planned=n_planned, **given)


def test_i12_nothing_is_told_before_the_end() -> None:
    found = read(n=499)
    assert isinstance(found, Pending)
    assert found.code == "not_ended"
    assert "499 of 500" in found.en
    assert isinstance(read(n=500), Effect)


def test_the_result_is_that_of_the_planned_units_and_stays() -> None:
    whole = int((DAYS[499] >= DAYS).sum())
    assert whole >= 500
    assert read(n=whole) == read(n=N)
    treated, outcome = TRIAL.treated[:whole], TRIAL.outcome[:whole]
    known = compare(Units(value=outcome[~treated]), Units(value=outcome[treated]), kind="binary")
    found = read()
    assert isinstance(found, Effect)
    assert (found.estimate, found.low, found.high, found.n) == (known.effect, known.low, known.high, whole)


def test_clusters_are_read_by_their_own_spread_and_need_twenty_an_arm() -> None:
    found, plain = read(cluster=CLUSTER.astype(np.int64)), read()
    assert isinstance(found, Effect)
    assert isinstance(plain, Effect)
    assert "CR2" in found.method
    assert found.high - found.low != pytest.approx(plain.high - plain.low)
    few = read(cluster=(CLUSTER % 38).astype(np.int64))
    assert isinstance(few, Pending)
    assert few.code == "too_few_clusters"


def test_a_small_arm_of_amounts_is_read_by_redrawing() -> None:
    rng = np.random.default_rng(9)
    amounts = Trial(treated=rng.random(N) < 0.95, outcome=rng.lognormal(3.0, 2.0, N), share=0.95)
    found = read(amounts, binary=False, cut=2000.0)
    assert isinstance(found, Effect)
    assert "redrawn" in found.method
    assert "winsorised at 2000" in found.estimand


@pytest.mark.parametrize(("alpha", "share"), [(0.05, 0.5), (0.01, 0.5), (0.01, 0.05), (0.01, 0.95)])
def test_amounts_are_read_cut_with_their_covariate_at_the_risk_of_the_criterion(alpha: float, share: float) -> None:
    rng = np.random.default_rng(3)
    before = rng.lognormal(3.0, 1.0, N)
    given = Trial(
        treated=rng.random(N) < share, outcome=before * rng.lognormal(0.0, 0.5, N), share=share, covariate=before
    )  # fmt: skip
    found = read(given, binary=False, cut=60.0, alpha=alpha, n_planned=N)
    held = [np.clip(values, -60.0, 60.0) for values in (given.outcome, before)]
    control, treated = (Units(value=held[0][arm], covariate=held[1][arm]) for arm in (~given.treated, given.treated))
    known = (compare if share == 0.5 else compare_randomised)(control, treated, alpha=alpha)
    assert isinstance(found, Effect)
    assert (found.estimate, found.low, found.high) == (known.effect, known.low, known.high)
    error = (known.high - known.low) / 2 / norm.isf(alpha / 2)
    assert found.sd == pytest.approx(error * N**0.5)
    assert ("redrawn" in found.method) == (share != 0.5)


def test_it_ends_with_the_day_whose_units_complete_the_plan() -> None:
    days = np.array([1, 1, 4, 9], dtype="datetime64[D]")
    assert [ended_with(days, planned) for planned in (2, 3, 4, 5)] == [days[0], days[2], days[3], None]


def test_an_arm_of_nineteen_clusters_is_too_few_and_of_twenty_enough() -> None:
    each = np.arange(N) % 20
    for fewest, arms in ((19, 2 * np.where(TRIAL.treated, each % 19, each)), (20, 2 * each)):
        found = read(cluster=(arms + TRIAL.treated).astype(np.int64))
        assert isinstance(found, Pending) == (fewest == 19)


def clustered_world(engine: DuckDBEngine, home: Home, *, as_of: int, moved: bool = False) -> StrategyReport:
    """Return the report of a version whose arms managers draw: 60 of them, ten customers a manager."""
    launch()
    document = StrategyVersion.objects.get().document | {"unit": "rm", "stop": {"max_units": 300}}
    StrategyVersion.objects.update(document=document)
    made, moves = Planned(), []
    for number in range(600):
        manager = f"S{number % 60}"
        arm = "control" if bucket("x", manager) < 0.2 else "contact"
        made.add(f"C{number}", day(number // 60), arm, unit=manager, arm_share=0.2 if arm == "control" else 0.8)
        if number % (3 if arm == "contact" else 6) == 0:
            moves.append(buy(number, f"C{number}", day(number // 60 + 2)))
    if moved:
        made.rows[0]["arm"], made.rows[0]["arm_share"] = (
            ("contact", 0.8) if made.rows[0]["arm"] == "control" else ("control", 0.2)
        )
        made.rows[0] |= {"treated": made.rows[0]["arm"] == "contact", "disposition": "withheld"}
    customers = [{"customer_id": f"C{n}", "open_date": day(-100)} for n in range(600)]
    ledger.write(home, "history", made.table())
    bank = MemoryBank(engine, {"customers": customers, "products": PRODUCTS, "transactions": moves})
    (report,) = effects(bank, engine, home, as_of=day(as_of))
    return report


@pytest.mark.django_db
def test_i12_a_version_of_clusters_hides_its_effect_until_the_end(engine: DuckDBEngine, home: Home) -> None:
    early = clustered_world(engine, home, as_of=13)
    assert (early.analysis, early.unit, early.n_planned) == ("fixed", "rm", 300)
    assert not early.locked
    assert (early.effects, early.pending[0].code) == ((), "not_ended")
    later = Home.create(home.root.parent / "later", salt="salt-of-a-test")
    assert clustered_world(engine, later, as_of=40).pending[0].code == "too_few_clusters"


@pytest.mark.django_db
def test_the_sample_ratio_of_clusters_counts_clusters(engine: DuckDBEngine, home: Home) -> None:
    found = {check.name: check for check in clustered_world(engine, home, as_of=40).checks}
    sizes = [
        int(part) for part in found["sample_ratio"].found.en.replace(",", "").replace(";", "").split() if part.isdigit()
    ]
    assert sum(sizes) == 60


@pytest.mark.django_db
def test_i9_a_cluster_in_two_arms_locks(engine: DuckDBEngine, home: Home) -> None:
    assert clustered_world(engine, home, as_of=40).checks[2].ok
    other = Home.create(home.root.parent / "other", salt="salt-of-a-test")
    assert not clustered_world(engine, other, as_of=40, moved=True).checks[2].ok


@pytest.mark.django_db
def test_a_version_that_is_read_once_is_planned_for_one_look_and_for_its_clusters(engine: DuckDBEngine) -> None:
    launch()
    customers = [{"customer_id": f"C{n}", "open_date": day(-100), "branch_id": f"B{n % 40}"} for n in range(800)]
    moves = [buy(n, f"C{n}", day(-3)) for n in range(800) if n % 40 < 4 or n % 17 == 0]
    bank = MemoryBank(engine, {"customers": customers, "products": PRODUCTS, "transactions": moves})
    any_day, once = replace(criterion(), analysis="always_valid"), replace(criterion(), analysis="fixed")
    arm = once.arms[0]
    plain = planned_units(fixed_before(bank, engine, once, first_day=DAY), once, arm, once.arms)
    assert planned_units(fixed_before(bank, engine, any_day, first_day=DAY), any_day, arm, once.arms) > 1.8 * plain
    branches = replace(once, unit="branch")
    fixed = fixed_before(bank, engine, branches, first_day=DAY)
    assert fixed.clusters is not None
    assert (fixed.clusters.units, fixed.clusters.count, fixed.clusters.size) == (800, 40, 20)
    values = np.array([[float(n % 40 < 4 or n % 17 == 0) for n in range(b, 800, 40)] for b in range(40)])
    ratio = f_oneway(*values).statistic
    assert fixed.clusters.rho == pytest.approx((ratio - 1) / (ratio + 19))
    needed = planned_units(fixed, branches, arm, branches.arms)
    assert needed / fixed.clusters.design_effect(needed) == pytest.approx(plain, rel=0.25)
    assert needed > 5 * plain


@pytest.mark.django_db
def test_one_fortune_says_nothing_of_how_alike_amounts_are(engine: DuckDBEngine) -> None:
    customers = [{"customer_id": f"C{n}", "open_date": day(-100), "branch_id": f"B{n % 40}"} for n in range(2_400)]
    moves = [buy(n, f"C{n}", day(-3)) for n in range(2_400) if n % 40 < 4]
    moves.append(buy(9_000, "C3", day(-3), amount=-(10**9)))
    bank = MemoryBank(engine, {"customers": customers, "products": PRODUCTS, "transactions": moves})
    found = fixed_before(bank, engine, replace(criterion(metric="amount"), unit="branch"), first_day=DAY)
    assert found.cut == 100
    assert found.clusters is not None
    assert found.clusters.rho == pytest.approx(1.0)


@pytest.mark.django_db
def test_the_clusters_before_a_start_are_those_of_that_day_and_of_whoever_is_in_one(engine: DuckDBEngine) -> None:
    customers = [
        {"customer_id": f"C{n}", "open_date": day(-100), "household_id": f"H{n // 2}" if n < 4 else None}
        for n in range(6)
    ]
    books = [
        {"customer_id": "C0", "rm_id": "S1", "from": day(-90), "to": day(-10)},
        {"customer_id": "C0", "rm_id": "S2", "from": day(-10), "to": None},
        {"customer_id": "C1", "rm_id": "S1", "from": day(-90), "to": None},
    ]
    bank = MemoryBank(engine, {"customers": customers, "book_assignments": books})
    found = {
        unit: {row["customer_id"]: row["cluster"] for row in clusters_on(bank, unit, as_of=DAY).to_pylist()}
        for unit in ("rm", "household")
    }
    assert found["rm"] == {"C0": "S2", "C1": "S1"}
    assert found["household"] == {"C0": "H0", "C1": "H0", "C2": "H1", "C3": "H1"}


@pytest.mark.django_db
def test_a_version_with_all_the_units_that_its_stop_rule_allows_waits_for_no_more(
    engine: DuckDBEngine, home: Home
) -> None:
    """Three arms: a pair of them never holds as many customers as the stop rule lets into all three."""
    thirds = tuple(Arm(name=name, share=1 / 3, control=name == "control") for name in ("card", "sms", "control"))
    launch(arms=thirds)
    version = StrategyVersion.objects.get()
    success = version.document["success"] | {"analysis": "fixed"}
    StrategyVersion.objects.update(document=version.document | {"success": success, "stop": {"max_units": 300}})
    made = Planned()
    for number in range(300):
        arm = thirds[number % 3].name
        made.add(f"C{number}", day(number // 60), arm, arm_share=1 / 3)
    customers = [{"customer_id": f"C{n}", "open_date": day(-100)} for n in range(300)]
    moves = [buy(n, f"C{n}", day(-3)) for n in range(90)] + [
        buy(900 + n, f"C{n}", day(n // 60 + 2)) for n in range(120)
    ]
    bank = MemoryBank(engine, {"customers": customers, "products": PRODUCTS, "transactions": moves})
    ledger.write(home, "history", made.table())
    (early,), (found,) = (effects(bank, engine, home, as_of=day(at)) for at in (3, 40))
    assert (early.n_planned, found.n_planned) == (300, 200)
    assert [one.code for one in early.pending] == ["not_ended"] * 2
    assert [one.n for one in found.effects] == [200, 200]
