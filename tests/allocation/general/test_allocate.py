"""Plans of any problem: HiGHS is the oracle on small ones, and a checker that shares no code reads every plan."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as effort
from typer.testing import CliRunner

from tests.allocation.general.checker import bound_by, broken, optimum, rows_of
from tests.allocation.general.problems import candidate, limit, problems, write
from wealthloop.allocation.general import Infeasible, allocate
from wealthloop.allocation.general.made import make_problem
from wealthloop.cli.app import app


@given(problems())
@effort(max_examples=30, deadline=None)
def test_a_plan_keeps_every_limit_and_stands_between_nothing_and_its_bound(
    drawn: tuple[list[dict[str, Any]], list[dict[str, Any]], int],
) -> None:
    candidates, capacities, most = drawn
    with tempfile.TemporaryDirectory() as name:
        folder = write(Path(name) / "problem", candidates, capacities, f"per_customer = {most}\ngap_target = 0.0\n")
        plan, prices = Path(name) / "plan.parquet", Path(name) / "prices.parquet"
        best = optimum(folder, most)
        if best is None:
            with pytest.raises(Infeasible, match=r"no plan keeps these together|has no row"):
                allocate(folder, plan)
            return
        found = allocate(folder, plan, prices=prices)
        assert broken(folder, plan, most) == []
        assert found.violations == 0
        slack = 1e-6 * max(1.0, abs(best))
        assert found.objective <= best + slack
        assert best <= found.bound + slack
        assert found.objective >= best - slack
        assert found.search_bound <= found.bound
        assert bound_by(folder, prices, most) == pytest.approx(found.bound, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("kind", "customers", "gap"), [("plain", 300, 0.02), ("managers", 500, 0.002), ("minimums", 300, 0.01)]
)
def test_a_made_problem_is_near_its_bound_cold_and_warm_and_the_same_again(
    tmp_path: Path, kind: str, customers: int, gap: float
) -> None:
    make_problem(tmp_path / "problem", kind, customers)
    plan, prices, again = (tmp_path / name for name in ("plan.parquet", "prices.parquet", "again.parquet"))
    found = allocate(tmp_path / "problem", plan, prices=prices)
    assert found.gap < gap
    assert broken(tmp_path / "problem", plan, 1) == []
    allocate(tmp_path / "problem", again)
    assert rows_of(plan) == rows_of(again)
    warm = allocate(tmp_path / "problem", again, start=prices)
    assert warm.gap < gap
    assert broken(tmp_path / "problem", again, 1) == []


def test_a_made_problem_that_asks_too_much_says_so(tmp_path: Path) -> None:
    make_problem(tmp_path / "problem", "infeasible", 300)
    with pytest.raises(Infeasible, match=r"reached \(action A00\) at least 75"):
        allocate(tmp_path / "problem", tmp_path / "plan.parquet")


def test_rows_of_a_customer_may_stand_anywhere(tmp_path: Path) -> None:
    rows = [candidate(f"c{n % 4}", f"a{n}", "rm", 1.0 + n, cards=1.0, rm=f"r{n % 2}") for n in range(12)]
    folder = write(tmp_path / "problem", rows, [limit("cards", 2.0, "rm")])
    found = allocate(folder, tmp_path / "plan.parquet")
    assert broken(folder, tmp_path / "plan.parquet", 1) == []
    assert found.objective == optimum(folder, 1) == 42.0


def test_what_one_more_unit_is_worth_is_said_in_both_languages(tmp_path: Path) -> None:
    rows = [candidate(f"c{n}", "a", "rm", 10.0 + n, cards=1.0, rm="r1") for n in range(4)]
    folder = write(tmp_path / "problem", rows, [limit("cards", 2.0, "rm", "r1"), limit("one", 9.0)])
    found = allocate(folder, tmp_path / "plan.parquet", prices=tmp_path / "prices.parquet")
    (card,) = found.worth
    assert 11.0 <= card.lowest == card.highest <= 12.0
    assert card.en.startswith("cards (rm r1): 2 of 2 used; one more unit would bring about 11.")
    assert card.zh.startswith("cards (rm r1)：上限 2，已用 2；再多一个单位，约多得 11.")
    asked = write(tmp_path / "asked", rows, [limit("one", 4.0), limit("cost", 9.0, minimum=None)])
    (price,) = [row["price"] for row in rows_of(tmp_path / "prices.parquet") if row["resource"] == "cards"]
    assert price == card.lowest
    assert allocate(asked, tmp_path / "plan.parquet").worth == ()


def test_a_minimum_that_costs_something_has_a_negative_price(tmp_path: Path) -> None:
    rows = [
        candidate("c1", "dear", "rm", 9.0),
        candidate("c1", "cheap", "sms", 4.0),
        candidate("c2", "cheap", "sms", 1.0),
    ]
    folder = write(
        tmp_path / "problem", rows, [limit("one", None, "channel", "sms", 2.0), limit("one", None, "channel")]
    )
    found = allocate(folder, tmp_path / "plan.parquet", prices=tmp_path / "prices.parquet")
    assert found.objective == 5.0
    price = {row["key"]: row["price"] for row in rows_of(tmp_path / "prices.parquet")}
    assert price["sms"] <= -5.0
    assert price["rm"] == 0.0
    assert "at least 2 must be used" in found.worth[0].en


def test_the_command_prints_the_certificate(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "problem", [candidate("c1", "a", "rm", 5.0, cards=1.0, rm="r1")], [limit("cards", 1.0, "rm")]
    )
    asked = ["allocate", str(folder), "--out", str(tmp_path / "plan.parquet")]
    told = json.loads(CliRunner().invoke(app, [*asked, "--json"]).stdout)
    assert {"objective", "bound", "gap", "seconds", "peak_mb", "violations"} <= told.keys()
    assert (told["objective"], told["violations"]) == (5.0, 0)
    said = CliRunner().invoke(app, asked).stdout
    assert "1 of 1 candidates chosen, worth 5" in said
    assert "选中 1 / 1 个候选" in said
