"""The rules' documents: whole, or what is wrong with one is named by file and path."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from wealthloop.errors import DocumentError, NotFound
from wealthloop.leads.load import load_rules
from wealthloop.leads.table import markdown
from wealthloop.leads.triggers import RULES, SHIPPED, TRIGGERS, rule_of
from wealthloop.scoring import SPECS

ROOT = Path(__file__).parent.parent.parent
GOOD: dict[str, Any] = {
    "name": "large_deposit",
    "title": {"zh": "大额存入", "en": "large deposit"},
    "sentence": {"zh": "{on}存入 {amount_fen}元", "en": "CNY {amount_fen} on {on}"},
    "priority": 50,
    "lives_days": 7,
    "needs": ["response/wealth_management/30d"],
    "when": {
        "kind": "flow",
        "rows": {"table": "transactions", "where": {"kind": ["cash"]}, "sign": 1},
        "at_least": 100,
        "look_days": 3,
    },
    "key": ["day"],
    "evidence": {"amount_fen": "sum", "on": "day"},
}


def written(folder: Path, *rules: dict[str, Any]) -> Path:
    (folder / "mine.yaml").write_text(yaml.safe_dump({"rules": list(rules)}, allow_unicode=True), encoding="utf-8")
    return folder


def changed(path: str, value: object) -> dict[str, Any]:
    document = copy.deepcopy(GOOD)
    part = document
    *way, last = path.split(".")
    for step in way:
        part = part[step]
    part[last] = value
    return document


def test_there_are_at_least_thirty_five_rules_and_the_seven_of_the_strategies_among_them() -> None:
    assert len(RULES) >= 35
    assert [rule.name for rule in RULES] == sorted({rule.name for rule in RULES})
    assert [rule.name for rule in TRIGGERS] == [
        "large_inflow", "large_outflow", "deposit_maturing", "salary_idle", "dormant_login", "near_tier", "funds_idle",
    ]  # fmt: skip


def test_rules_use_every_kind_of_condition_and_models_that_are_declared() -> None:
    assert {rule.when.kind for rule in RULES} == {"flow", "stopped", "returned", "state", "date", "step", "market"}
    assert {model for rule in RULES for model in rule.needs} <= {spec.model_id for spec in SPECS}


def test_a_good_document_is_read(tmp_path: Path) -> None:
    (rule,) = load_rules(written(tmp_path, GOOD))
    assert rule.zh == "大额存入"
    assert rule.certain == frozenset({"amount_fen", "on"})
    assert rule.tables == frozenset({"transactions"})


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("surprise", 1, "rules.0.surprise: Extra inputs"),
        ("priority", 0, "rules.0.priority: "),
        ("lives_days", 0, "rules.0.lives_days: "),
        ("name", "No Spaces", "rules.0.name: "),
        ("needs", ["oracle"], "rules.0.needs.0: oracle is not declared"),
        ("key", [], "rules.0.key: "),
        ("key", ["moon"], "rules.0.key.0: moon is not known of a flow"),
        ("evidence.amount_fen", "past", "rules.0.evidence.amount_fen: past is not known of a flow"),
        ("sentence.zh", "{loss_fen}元", "rules.0.sentence.zh: {loss_fen} is no key of the evidence"),
        ("may_lack", ["on"], "rules.0.sentence.en: {on} is no key of the evidence that every event has"),
        ("when.kind", "eclipse", "rules.0.when: "),
        ("when.look_days", 0, "rules.0.when.look_days: "),
        ("when.threshold", 1, "rules.0.when.threshold: Extra inputs"),
        ("when.rows.table", "weather", "rules.0.when.rows.table: "),
        ("when.rows.where", {"kind": ["gift"]}, "rules.0.when.rows.where.kind: gift is not known"),
        ("when.rows.where", {"colour": ["red"]}, "rules.0.when.rows.where.colour: not a column of transactions"),
        ("when.of", {"column": "height", "pct": 5}, "rules.0.when.of.column: height is not known of the customer"),
        ("when.past", {"days": 9, "least_days": 1}, "rules.0.when.past.rise_pct: give this or fall_pct"),
        ("customer", [{"column": "height", "at_least": 1}], "rules.0.customer.0: column height is not known"),
        ("customer", [{"column": "age"}], "rules.0.customer.0: column age: needs one of"),
        ("when", {"kind": "returned", "group": "songs", "silence_days": 9, "look_days": 1},
         "rules.0.when.group: songs"),
        ("when", {"kind": "date", "table": "plans", "column": "amount", "from_days": 0, "to_days": 1},
         "rules.0.when.column: amount is no date of plans"),
        ("when", {"kind": "date", "table": "plans", "column": "stopped", "from_days": 2, "to_days": 1},
         "rules.0.when: from_days == 2"),
        ("when", {"kind": "step", "table": "credit", "column": "customer_id", "back_days": 7, "rise": 1},
         "rules.0.when.column: customer_id is no number"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_rule_is_named_by_file_and_path(
    tmp_path: Path, path: str, value: object, said: str
) -> None:
    with pytest.raises(DocumentError) as error:
        load_rules(written(tmp_path, changed(path, value)))
    assert any(line.startswith(f"mine.yaml: {said}") for line in str(error.value).splitlines()), str(error.value)


def test_every_fault_of_every_rule_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as error:
        load_rules(written(tmp_path, changed("priority", 0), GOOD, GOOD, changed("needs", ["oracle"])))
    lines = str(error.value).splitlines()
    assert [line.split(": ")[1] for line in lines] == ["rules.0.priority", "rules.2.name", "rules.3.needs.0"]


@pytest.mark.parametrize("text", ["", "- a", "{", "rules: {}", "rules: []\nmore: 1"])
def test_a_file_that_is_no_list_of_rules_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError, match=r"mine\.yaml: "):
        load_rules(tmp_path)


def test_a_name_that_is_no_rule_is_not_found() -> None:
    assert rule_of("near_tier").en == "near the next tier"
    with pytest.raises(NotFound, match="full_moon"):
        rule_of("full_moon")


def test_the_triggers_document_says_what_the_rules_say() -> None:
    assert (ROOT / "docs" / "triggers.md").read_text(encoding="utf-8") == markdown(load_rules(SHIPPED))
