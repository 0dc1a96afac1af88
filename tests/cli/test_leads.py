"""The leads of a home, as the command line shows them."""

from pathlib import Path
from typing import Any

from tests.conftest import command, json_of

from wealthloop.kit import Home
from wealthloop.leads.triggers import rule_of


def test_the_leads_of_the_newest_night_are_listed_by_urgency_with_evidence(demo: tuple[Path, dict[str, Any]]) -> None:
    home, _ = demo
    found = json_of("leads", "list", "--home", home)
    priorities = [lead["priority"] for lead in found["leads"]]
    assert priorities == sorted(priorities, reverse=True)
    assert len({lead["trigger"] for lead in found["leads"]}) >= 10
    first = found["leads"][0]
    assert first["evidence"].keys() >= rule_of(first["trigger"]).certain
    assert first["occurred_on"] <= found["as_of"] <= first["expires_on"]
    assert "{" not in first["zh"] + first["en"]
    one = json_of("leads", "list", "--home", home, "--customer", first["customer_id"], "--trigger", first["trigger"])
    assert first in one["leads"]
    assert {(lead["customer_id"], lead["trigger"]) for lead in one["leads"]} == {
        (first["customer_id"], first["trigger"])
    }
    assert json_of("leads", "list", "--home", home, "--as-of", "2000-01-01")["leads"] == []


def test_a_trigger_that_is_no_rule_and_a_home_without_tables_are_named(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home").root
    assert (
        "full_moon"
        in command("leads", "list", "--home", home, "--as-of", "2026-01-01", "--trigger", "full_moon", code=4).stderr
    )
    assert "holds no bank tables" in command("leads", "list", "--home", home, code=2).stderr.replace("\n", " ")


def test_a_bank_that_is_just_files_shows_its_leads_before_any_night(tmp_path: Path) -> None:
    files, home = tmp_path / "files", tmp_path / "home"
    files.mkdir()
    (files / "customers.csv").write_text("customer_id,birth_date,open_date\nC1,1980-05-03,2015-01-01\n", "utf-8")
    (files / "holdings.csv").write_text("customer_id,as_of,product_id,balance\nC1,2026-04-30,D1,900000\n", "utf-8")
    (files / "transactions.csv").write_text(
        "transaction_id,customer_id,at,amount,kind\nT1,C1,2026-04-20 10:00:00,9000,salary\n", "utf-8"
    )
    json_of("ingest", files, "--home", home, "--as-of", "2026-05-01")
    found = json_of("leads", "list", "--home", home, "--as-of", "2026-05-01")
    assert found["recorded"] is False
    birthday = [lead for lead in found["leads"] if lead["trigger"] == "birthday"]
    assert [(lead["customer_id"], lead["state"]) for lead in birthday] == [("C1", "open")]
    assert json_of("leads", "list", "--home", home, "--as-of", "2026-05-01", "--customer", "C2")["leads"] == []
    json_of("run", "--home", home, "--as-of", "2026-05-01")
    recorded = json_of("leads", "list", "--home", home)
    assert recorded["recorded"] is True
    assert [lead for lead in recorded["leads"] if lead["trigger"] == "birthday"] == birthday
