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


def test_a_trigger_that_is_no_rule_and_a_home_without_a_night_are_named(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home").root
    assert (
        "full_moon"
        in command("leads", "list", "--home", home, "--as-of", "2026-01-01", "--trigger", "full_moon", code=4).stderr
    )
    assert "no night is complete" in command("leads", "list", "--home", home, code=4).stderr.replace("\n", " ")
