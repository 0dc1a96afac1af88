"""The shipped cases notice every mutant of every rule; a weaker set of cases does not."""

from dataclasses import replace

import pytest

from wealthloop.errors import DocumentError
from wealthloop.policies.finding import Finding
from wealthloop.policies.mutation import Case, hunt, load_cases, parse_cases
from wealthloop.policies.mutation.cases import SHIPPED, answer_of
from wealthloop.policies.mutation.hunt import mutants
from wealthloop.policies.pack import load_pack

PACK = load_pack()
TEXT = SHIPPED.read_text(encoding="utf-8")


def only(*rule_ids: str) -> tuple[Case, ...]:
    return tuple(case for case in load_cases() if case.rule_id in rule_ids)


def survivors(rule_id: str, cases: tuple[Case, ...]) -> tuple[str, ...]:
    return hunt(replace(PACK, rules=(PACK.rule(rule_id),)), cases)[0].survivors


def test_every_rule_has_mutants_and_the_shipped_cases_kill_them_all() -> None:
    found = hunt(PACK, load_cases())
    assert [one.rule_id for one in found] == [rule.rule_id for rule in PACK.rules]
    assert {one.rule_id: one.survivors for one in found if one.survivors} == {}
    assert all(one.mutants > 4 and one.killed == one.mutants for one in found)


@pytest.mark.parametrize("rule_id", [rule.rule_id for rule in PACK.rules])
def test_every_rule_has_a_case_that_it_allows_and_one_that_it_does_not(rule_id: str) -> None:
    assert {case.expect == "allowed" for case in only(rule_id)} == {True, False}


@pytest.mark.parametrize("rule_id", [rule.rule_id for rule in PACK.rules])
def test_without_the_cases_that_it_forbids_a_rule_could_be_removed(rule_id: str) -> None:
    allowed = tuple(replace(case, shows={}) for case in only(rule_id) if case.expect == "allowed")
    assert "rule removed" in survivors(rule_id, allowed)


@pytest.mark.parametrize(
    ("rule_id", "dropped", "escapes"),
    [
        ("FR-02", "FR-02.1", "parameters.days: 7 -> 8"),
        ("SU-05", "SU-05.5", "parameters.months: 12 -> 13"),
        ("QH-01", "QH-01.1", "parameters.ends: 21:00 -> 20:59"),
        ("ON-01", "稳赚", "parameters.forbidden: 稳赚 dropped"),
        ("CO-01", "CO-01.11", "_newest: not record.granted -> record.granted"),
    ],
)
def test_a_weaker_set_of_cases_lets_a_mutant_live(rule_id: str, dropped: str, escapes: str) -> None:
    weak = tuple(case for case in only(rule_id) if dropped not in case.name)
    assert len(weak) < len(only(rule_id))
    assert escapes in survivors(rule_id, weak)


def test_mutants_come_of_the_data_and_of_the_code() -> None:
    said = dict(mutants(PACK.rule("AG-01"))).keys()
    assert {"rule removed", "parameters.age: 65 -> 66", "parameters.person_channels: sms added"} <= said
    assert "age: years >= parameters.age -> years > parameters.age" in said
    assert "age: if facts.born_by is None -> if False" in said
    assert "_riskier: if r in ratings dropped" in said
    assert any(one.endswith("-> (day.month, day.day) <= (born.month, born.day)") for one in said)


def breaks(*_: object) -> Finding:
    raise ZeroDivisionError


def test_a_mutant_that_breaks_gives_no_answer_and_is_killed() -> None:
    rule = PACK.rule("CO-03")
    broken = replace(rule, ask=breaks)
    case = only("CO-03")[0]
    assert answer_of(case.ask(rule)) == "allowed"
    with pytest.raises(ZeroDivisionError):
        case.ask(broken)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{stopped: true}", "{stoped: true}", r"cases\.GS-01\.1\.customer\.stoped: no such fact"),
        ("{running: false}", "{running: perhaps}", r"cases\.SP-01\.1\.contact\.running: "),
        ("{approved_hash: other}", "{hash: other}", r"cases\.AP-01\.1\.contact\.approval\.hash: no such fact"),
        ("expect: forbidden, customer: {stopped: true}", "expect: perhaps", r"cases\.GS-01\.1\.expect"),
        (
            "each: {contact.channel: [rm, ai_call]}",
            "each: {contact.by.whom: [rm]}",
            r"each\.contact\.by\.whom",
        ),
        ("cases:\n", "cases: [\n", "YAML"),
    ],
)
def test_what_is_wrong_with_a_file_of_cases_is_named(old: str, new: str, said: str) -> None:
    assert old in TEXT
    with pytest.raises(DocumentError, match=rf"mine\.yaml: .*{said}"):
        parse_cases(TEXT.replace(old, new, 1).encode(), name="mine.yaml")


def test_a_case_that_the_rule_itself_answers_otherwise_is_named() -> None:
    wrong = parse_cases(TEXT.replace("expect: allowed", "expect: forbidden", 1).encode(), name="mine.yaml")
    with pytest.raises(DocumentError, match=r"mine\.yaml: cases\.GS-01\.0: expect == forbidden .* says allowed"):
        hunt(PACK, wrong)


def test_cases_of_a_rule_that_the_pack_does_not_have_are_named() -> None:
    short = replace(PACK, rules=PACK.rules[1:])
    with pytest.raises(DocumentError, match=f"cases of {PACK.rules[0].rule_id}: the pack china_retail has no"):
        hunt(short, load_cases())
