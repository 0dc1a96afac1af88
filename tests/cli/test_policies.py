"""The rules on the command line."""

import json
from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner

from wealthloop.cli.policies import app
from wealthloop.errors import InvalidInput
from wealthloop.policies import mutation, pack

ONE = replace(pack.load_pack(), rules=(pack.load_pack().rule("CO-03"),))


def asked(*words: str) -> tuple[int, Any]:
    found = CliRunner().invoke(app, [*words, "--json"])
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found.exit_code, json.loads(found.stdout)


def test_every_rule_is_listed_with_both_languages_its_citation_and_what_a_bank_may_change() -> None:
    code, told = asked("list")
    assert (code, told["pack"], len(told["rules"])) == (0, "china_retail", len(pack.load_pack().rules))
    hours = next(one for one in told["rules"] if one["rule"] == "QH-01")
    assert (hours["kind"], hours["can_be_relaxed"], hours["parameters"]["begins"]) == ("legal", False, "09:00:00")
    assert all(one["text"]["zh"] and one["text"]["en"] and one["source"] and one["article"] for one in told["rules"])
    assert {one["kind"] for one in asked("list", "--kind", "bank")[1]["rules"]} == {"bank"}
    with pytest.raises(InvalidInput, match="kind == other"):
        asked("list", "--kind", "other")


@pytest.mark.parametrize(("weak", "code"), [(False, 0), (True, 1)])
def test_mutants_that_live_make_the_exit_code_one(monkeypatch: pytest.MonkeyPatch, *, weak: bool, code: int) -> None:
    cases = tuple(case for case in mutation.load_cases() if case.rule_id == "CO-03" and not (weak and "3" in case.name))
    monkeypatch.setattr(pack, "load_pack", lambda: ONE)
    monkeypatch.setattr(
        mutation, "load_cases", lambda: tuple(case for case in cases if not (weak and "*" in str(case)))
    )
    found, told = asked("mutants")
    assert (found, told["survivors"] > 0) == (code, weak)
    (rule,) = told["rules"]
    assert rule["mutants"] == rule["killed"] + len(rule["survivors"])
