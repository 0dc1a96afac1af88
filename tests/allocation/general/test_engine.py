"""Candidates that stay with an engine: the same bound to the last digit, plans within limits, few rows fetched."""

import json
import random
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import settings as effort
from typer.testing import CliRunner

from tests.allocation.general.checker import bound_by, broken, optimum, rows_of
from tests.allocation.general.problems import candidate, limit, problems, write
from wealthloop.allocation.general import Infeasible, allocate, certify, folder, reduced
from wealthloop.allocation.general.descent import sampled_prices
from wealthloop.allocation.general.layout import Floats
from wealthloop.allocation.general.made import make_problem
from wealthloop.allocation.general.prices import read_prices
from wealthloop.allocation.general.remote import Remote, near, open_remote, sample_of
from wealthloop.cli.app import app
from wealthloop.engines import DuckDBEngine
from wealthloop.errors import InvalidInput

Drawn = tuple[list[dict[str, Any]], list[dict[str, Any]], int]


@given(problems())
@effort(max_examples=6, deadline=None)
def test_a_plan_through_an_engine_keeps_every_limit_and_its_bound_is_recomputed(drawn: Drawn) -> None:
    candidates, capacities, most = drawn
    with tempfile.TemporaryDirectory() as name:
        problem = write(Path(name) / "problem", candidates, capacities, f"per_customer = {most}\ngap_target = 0.001\n")
        plan, prices = Path(name) / "plan.parquet", Path(name) / "prices.parquet"
        engine, best = DuckDBEngine(batch_rows=5), optimum(problem, most)
        if best is None:
            with pytest.raises(Infeasible, match=r"no plan keeps these together|has no row"):
                allocate(problem, plan, engine=engine, sample=2)
            return
        found = allocate(problem, plan, prices=prices, engine=engine, sample=2)
        slack = 1e-6 * max(1.0, abs(best))
        assert broken(problem, plan, most) == []
        assert found.objective <= best + slack <= found.bound + 2 * slack
        assert found.search_bound <= found.bound
        assert bound_by(problem, prices, most) == pytest.approx(found.bound, rel=1e-9, abs=1e-9)
        checked = certify(engine, problem, prices, plan=plan)
        assert (checked.bound, checked.violations) == (found.bound, 0)
        assert checked.objective == pytest.approx(found.objective, rel=1e-12)
        assert (checked.customers, checked.candidates) == (found.customers, found.candidates)
        assert (checked.customers, checked.candidates) == (
            len({one["customer"] for one in candidates}),
            len(candidates),
        )


@given(problems())
@effort(max_examples=6, deadline=None)
def test_a_bound_proved_here_is_certified_by_an_engine_to_the_last_digit(drawn: Drawn) -> None:
    candidates, capacities, most = drawn
    with tempfile.TemporaryDirectory() as name:
        ordered = sorted(candidates, key=lambda one: (one["customer"], one["action"], one["channel"]))
        random.Random(7).shuffle(candidates)
        here = write(Path(name) / "here", ordered, capacities, f"per_customer = {most}\ngap_target = 0.0\n")
        mixed = write(Path(name) / "mixed", candidates, capacities, f"per_customer = {most}\ngap_target = 0.0\n")
        plans, prices = ([Path(name) / f"{what}{n}" for n in range(2)] for what in ("plan", "prices"))
        if optimum(here, most) is None:
            return
        found = allocate(here, plans[0], prices=prices[0])
        again = allocate(mixed, plans[1], prices=prices[1], engine=DuckDBEngine(batch_rows=5))
        assert rows_of(plans[0]) == rows_of(plans[1])
        assert rows_of(prices[0]) == rows_of(prices[1])
        assert (found.objective, found.bound, found.notes) == (again.objective, again.bound, again.notes)
        checked = certify(DuckDBEngine(batch_rows=5), mixed, prices[0], plan=plans[0])
        assert (checked.bound, checked.violations) == (found.bound, 0)


@pytest.fixture(scope="module")
def managers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    problem = tmp_path_factory.mktemp("managers") / "problem"
    make_problem(problem, "managers", 700)
    return problem


def test_managers_priced_by_themselves_are_sampled_book_by_book_and_their_cards_kept(
    tmp_path: Path, managers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "_DENSE", 30)
    remote = open_remote(DuckDBEngine(), managers)
    assert remote.book.dense < remote.book.demanded.size
    whole, drawn = pq.read_table(managers / "candidates.parquet"), sample_of(remote, 0.4)
    books = [_books(rows) for rows in (whole, drawn)]
    assert 0 < len(books[1]) < len(books[0])
    assert all(books[0][manager] == customers for manager, customers in books[1].items())
    plan, prices, proof = (tmp_path / name for name in ("plan.parquet", "prices.parquet", "proof.parquet"))
    found = allocate(managers, plan, prices=proof, engine=DuckDBEngine(), sample=200)
    assert certify(DuckDBEngine(batch_rows=999), managers, proof).bound == found.bound
    assert broken(managers, plan, 1) == []
    assert found.steps[:2] == ("sample", "near candidates")
    assert found.gap < 0.003
    best = allocate(managers, plan, prices=prices)
    assert best.objective <= found.bound
    assert found.bound == pytest.approx(best.bound, rel=1e-3)
    assert certify(DuckDBEngine(batch_rows=999), managers, prices, plan=plan).bound == best.bound


def _books(rows: pa.Table) -> dict[str, set[str]]:
    out: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows.select(["rm", "customer", "cards"]).to_pylist():
        if row["cards"]:
            out[row["rm"]].add(row["customer"])
    return out


def test_far_fewer_candidates_are_fetched_than_there_are_and_more_where_the_gap_asks_for_them(
    tmp_path: Path, managers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = []

    def counted(remote: Remote, prices: Sequence[Floats], reach: float, *, demanded: bool) -> pa.Table:
        found = near(remote, prices, reach, demanded=demanded)
        fetched.append(found.num_rows)
        return found

    monkeypatch.setattr(reduced, "near", counted)
    prices = tmp_path / "prices.parquet"
    found = allocate(managers, tmp_path / "plan.parquet", prices=prices, engine=DuckDBEngine(), sample=200)
    assert 700 < fetched[0] < 0.15 * found.candidates
    assert fetched == sorted(set(fetched))
    assert len(fetched) > 1 or found.gap <= 0.0005
    remote = open_remote(DuckDBEngine(), managers)
    few = remote.named(sample_of(remote, 0.4))
    settled = read_prices(prices, few)
    guessed = sampled_prices(few.instance, few.instance.customers / remote.whole.customers)
    assert np.abs(guessed - settled).sum() < 0.5 * settled.sum()
    free = np.zeros(remote.book.demanded.size)
    alone = [_names(near(remote, [prices], 0.1, demanded=False)) for prices in (free, free + 0.2)]
    assert alone[0] != alone[1]
    assert _names(near(remote, [free, free + 0.2], 0.1, demanded=False)) == alone[0] | alone[1]


def _names(rows: pa.Table) -> set[tuple[str, str, str]]:
    return set(zip(*(rows[name].to_pylist() for name in ("customer", "action", "channel")), strict=True))


@pytest.mark.parametrize("turn", [1, -1])
@pytest.mark.parametrize(
    ("most", "used"), [(1, {"rm": 3.0, "sms": 2.0, "app": 1.0}), (2, {"rm": 4.0, "sms": 5.0, "app": 2.0})]
)
def test_what_best_responses_use_is_told_and_equal_ones_are_chosen_by_name(
    tmp_path: Path, most: int, used: dict[str, float], turn: int
) -> None:
    rows = [
        *(candidate(f"c{n}", "b", "rm", 7.0) for n in range(3)),
        candidate("c0", "a", "sms", 5.0, one=2),
        candidate("c1", "c", "sms", 4.0, one=2),
        candidate("c2", "a", "app", 2.0),
        candidate("c3", "z", "app", 1.0),
        candidate("c3", "y", "sms", 0.0),
        candidate("c4", "f", "app", 5.0),
        candidate("c4", "d", "rm", 7.0),
        candidate("c4", "e", "sms", 5.0),
    ]
    limits = [limit("one", 1.0, "channel", name) for name in ("rm", "sms", "app")]
    problem = write(tmp_path / "problem", rows[::turn], limits, f"per_customer = {most}\n")
    priced = {"resource": ["one"] * 3, "key": ["rm", "sms", "app"], "price": [2.0, 0.0, 0.0]}
    pq.write_table(pa.table(priced), tmp_path / "prices.parquet")
    checked = certify(
        DuckDBEngine(batch_rows=2), problem, tmp_path / "prices.parquet", demand=tmp_path / "demand.parquet"
    )
    told = {row["key"]: row for row in rows_of(tmp_path / "demand.parquet")}
    assert {key: row["used"] for key, row in told.items()} == used
    assert (told["rm"]["price"], told["rm"]["capacity"], told["rm"]["minimum"]) == (2.0, 1.0, 0.0)
    assert checked.over == sum(amount > 1.0 for amount in used.values())
    assert (checked.capacities, checked.responses) == (2.0, 21.0 if most == 1 else 37.0)
    assert checked.bound == pytest.approx(23.0 if most == 1 else 39.0, rel=1e-12)
    assert (checked.objective, checked.gap, checked.violations) == (None, None, None)


def test_a_minimum_brings_what_it_needs_however_far_behind(tmp_path: Path) -> None:
    rows = [candidate(f"c{n}", f"a{a}", "app", 50.0 + a) for n in range(12) for a in range(12)]
    rows += [candidate(f"c{n}", "a", "sms", 1.0 + n) for n in range(12)]
    limits = [limit("one", None, "channel", "sms", 3.0), limit("one", None, "channel", "app")]
    problem, plan = write(tmp_path / "problem", rows, limits), tmp_path / "plan.parquet"
    free = {"resource": ["one", "one"], "key": ["sms", "app"], "price": [0.0, 0.0]}
    pq.write_table(pa.table(free), tmp_path / "free.parquet")
    found = allocate(problem, plan, start=tmp_path / "free.parquet", engine=DuckDBEngine(), sample=3)
    assert broken(problem, plan, 1) == []
    assert found.objective == 9 * 61.0 + 10.0 + 11.0 + 12.0


def test_customers_who_take_nothing_count_in_what_rounding_may_hide(tmp_path: Path) -> None:
    rows = [candidate("c", "a", "rm", 1.0), *(candidate(f"c{n}", "a", "rm", -1e4) for n in range(300))]
    problem = write(tmp_path / "problem", rows, [limit("one", 1.0)])
    plan, prices = tmp_path / "plan.parquet", tmp_path / "prices.parquet"
    here = allocate(problem, plan, prices=prices)
    assert here.bound > 1.0 + 1e-9
    assert certify(DuckDBEngine(), problem, prices).bound == here.bound
    assert allocate(problem, plan, start=prices, engine=DuckDBEngine(), sample=3).bound == here.bound


def test_a_plan_that_breaks_rules_is_seen(tmp_path: Path) -> None:
    rows = [candidate(f"c{n}", "a", h, 5.0, cards=1.0, rm="r1") for n in range(3) for h in ("rm", "sms")]
    problem = write(tmp_path / "problem", rows, [limit("cards", 2.0, "rm"), limit("one", None, minimum=4.0)])
    allocate_prices = {"resource": ["cards"], "key": ["r1"], "price": [5.0]}
    pq.write_table(pa.table(allocate_prices), tmp_path / "prices.parquet")
    chosen = [("c0", "rm"), ("c0", "sms"), ("c1", "rm"), ("c1", "rm"), ("c9", "rm")]
    plan = {"customer": [c for c, _ in chosen], "action": ["a"] * 5, "channel": [h for _, h in chosen]}
    pq.write_table(pa.table(plan), tmp_path / "plan.parquet")
    checked = certify(DuckDBEngine(), problem, tmp_path / "prices.parquet", plan=tmp_path / "plan.parquet")
    assert checked.bound == pytest.approx(10.0)
    assert checked.objective == 15.0
    assert checked.violations == len(
        ["cards above 2", "one below 4", "c0 has two in one slot", "c1 twice", "c9 is no one"]
    )
    with pytest.raises(InvalidInput, match="no such file; a plan is"):
        certify(DuckDBEngine(), problem, tmp_path / "prices.parquet", plan=tmp_path / "gone")
    with pytest.raises(InvalidInput, match="column customer is missing"):
        certify(DuckDBEngine(), problem, tmp_path / "prices.parquet", plan=problem / "capacities.parquet")


def test_candidates_may_be_a_folder_of_parts_as_clusters_write_it(tmp_path: Path) -> None:
    rows = [candidate(f"c{n % 4}", f"a{n}", "rm", 1.0 + n, cards=1.0, rm=f"r{n % 2}") for n in range(12)]
    problem = write(tmp_path / "problem", rows, [limit("cards", 1.0, "rm", "r0"), limit("cards", 2.0, "rm")])
    whole = pq.read_table(problem / "candidates.parquet")
    (problem / "candidates.parquet").unlink()
    (problem / "candidates.parquet").mkdir()
    for part in range(3):
        pq.write_table(whole.slice(4 * part, 4), problem / "candidates.parquet" / f"part-{part}.snappy.parquet")
    for engine, sample in ((None, 1), (DuckDBEngine(), 1), (DuckDBEngine(), 9)):
        assert allocate(problem, tmp_path / "plan.parquet", engine=engine, sample=sample).objective == 33.0
    pq.write_table(whole.drop_columns(["rm"]), problem / "candidates.parquet" / "part-9.parquet")
    with pytest.raises(InvalidInput, match=r"column rm \(capacities.parquet names it\) is missing"):
        allocate(problem, tmp_path / "plan.parquet")


def test_the_commands_work_through_an_engine(tmp_path: Path) -> None:
    problem = write(
        tmp_path / "problem", [candidate("c1", "a", "rm", 5.0, cards=1.0, rm="r1")], [limit("cards", 1.0, "rm")]
    )
    plan, prices = str(tmp_path / "plan.parquet"), str(tmp_path / "prices.parquet")
    asked = ["allocate", str(problem), "--out", plan, "--prices", prices, "--engine", "duckdb", "--json"]
    told = json.loads(CliRunner().invoke(app, asked).stdout)
    assert (told["objective"], told["violations"]) == (5.0, 0)
    asked = ["allocate", "certify", str(problem), "--prices", prices, "--plan", plan]
    checked = json.loads(CliRunner().invoke(app, [*asked, "--json"]).stdout)
    assert (checked["bound"], checked["objective"], checked["violations"]) == (told["bound"], 5.0, 0)
    said = CliRunner().invoke(app, asked).stdout
    assert "of 1 candidates of 1 customers no plan is worth more than 5 " in said
    assert "1 位客户的 1 个候选，任何方案的价值都不超过 5（" in said
    assert "方案价值 5，至多还差 0.0000%；违反约束 0。" in said
    assert np.isclose(checked["responses"] + checked["capacities"], 5.0)
