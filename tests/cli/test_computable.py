"""What can be computed from a bank's files, as the command line tells it."""

from pathlib import Path
from typing import Any

import pytest
from tests.conftest import command, json_of

from wealthloop.features import FEATURES
from wealthloop.leads.triggers import RULES

ROOT = Path(__file__).parents[2]
REAL = ROOT / ".." / "shared" / "data" / "cmb_fintech2020.zip"

ON = ("--as-of", "2026-04-30")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = tmp_path_factory.mktemp("files")
    (files / "customers.csv").write_text("customer_id,birth_date,open_date\nC1,1980-05-03,2015-01-01\n", "utf-8")
    (files / "holdings.csv").write_text("customer_id,as_of,product_id,balance\nC1,2026-04-30,D1,900000\n", "utf-8")
    (files / "transactions.csv").write_text(
        "transaction_id,customer_id,at,amount,kind\nT1,C1,2026-04-20 10:00:00,9000,salary\n", "utf-8"
    )
    json_of("ingest", files, "--home", files / "home", *ON)
    return files / "home"


@pytest.fixture(scope="module")
def told(home: Path) -> dict[str, Any]:
    found: dict[str, Any] = json_of("computable", "--home", home, *ON)
    return found


def _one(told: dict[str, Any], kind: str, name: str) -> dict[str, Any]:
    found: dict[str, Any]
    [found] = [one for one in told["computed"] if (one["kind"], one["name"]) == (kind, name)]
    return found


def test_everything_is_judged_once_and_counted(told: dict[str, Any]) -> None:
    names = [(one["kind"], one["name"]) for one in told["computed"]]
    assert len(set(names)) == len(names)
    assert sum(told["by_kind"]["feature"].values()) == len(FEATURES)
    assert sum(told["by_kind"]["trigger"].values()) == len(RULES)
    assert told["for_lack_of"]["book_assignments"]["feature"] >= 3


@pytest.mark.parametrize(
    ("kind", "name", "verdict", "count"),
    [
        ("feature", "transaction_count_30d", "given", 1),
        ("feature", "transaction_count_7d", "nothing", 1),
        ("feature", "has_rm", "unknown", 0),
        ("profile", "aum_average", "given", 1),
        ("profile", "overdraft_room", "unknown", 0),
        ("tag", "tier", "given", 1),
        ("tag", "risk_appetite", "unknown", 0),
        ("trigger", "birthday", "given", 1),
        ("trigger", "large_outflow", "nothing", 0),
        ("trigger", "rm_left", "unknown", 0),
        ("trigger", "suitability_missing", "unknown", 0),
    ],
)
def test_each_is_judged_by_what_came_of_it(
    told: dict[str, Any], kind: str, name: str, verdict: str, count: int
) -> None:
    found = _one(told, kind, name)
    assert (found["verdict"], found["count"]) == (verdict, count)


def test_what_is_missing_is_named(told: dict[str, Any]) -> None:
    assert _one(told, "trigger", "suitability_missing")["absent"] == ["suitability"]
    assert _one(told, "feature", "to_broker_sum_30d")["unfilled"] == ["transactions.counterparty_kind"]
    assert _one(told, "feature", "transaction_count_30d")["derived"] == []


def test_it_is_written_as_a_document(home: Path, tmp_path: Path) -> None:
    command("computable", "--home", home, *ON, "--out", tmp_path / "told.md")
    text = (tmp_path / "told.md").read_text("utf-8")
    assert "| `transactions` | 2026-04-20 | 2026-04-20 |" in text
    assert "`birthday`" in text


@pytest.mark.skipif(not REAL.exists(), reason="the real bank's set is not at hand")
def test_the_page_of_the_real_set_says_what_is_computed_from_it(tmp_path: Path) -> None:
    day = ("--as-of", "2019-06-30")
    json_of("ingest", REAL, "--mapping", "cmb_fintech2020", "--home", tmp_path / "home", *day)
    command("computable", "--home", tmp_path / "home", *day, "--out", tmp_path / "told.md")
    assert (tmp_path / "told.md").read_text("utf-8") == (ROOT / "docs" / "real-data.md").read_text("utf-8")
