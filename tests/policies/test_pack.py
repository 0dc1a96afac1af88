"""A rule pack is complete, cited and refused when anything in it is wrong."""

from pathlib import Path

import pytest
import yaml

from wealthloop.errors import DocumentError
from wealthloop.kit import Home
from wealthloop.policies.checks import CHECKS
from wealthloop.policies.pack import SHIPPED, load_pack, pack_of, parse_pack
from wealthloop.policies.relaxed import direction
from wealthloop.policies.wording import ai_call_text, forbidden_words, sms_text

TEXT = SHIPPED.read_text(encoding="utf-8")


def test_every_rule_has_both_languages_a_source_and_a_status() -> None:
    for rule in load_pack().rules:
        assert rule.text.zh
        assert rule.text.en
        assert rule.source
        assert rule.article
        assert rule.status in {"confirmed", "secondary"}


def test_the_digest_changes_with_the_file() -> None:
    other = parse_pack(TEXT.replace("count: 4", "count: 3").encode(), name="bank.yaml")
    assert other.digest != load_pack().digest == parse_pack(TEXT.encode(), name="x").digest


def test_a_rule_is_found_by_its_id() -> None:
    assert load_pack().rule("SU-02").article
    with pytest.raises(KeyError):
        load_pack().rule("XX-99")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("id: SU-02", "id: SU-01", "SU-01"),
        ("id: SU-02", "id: two", "rules.24.id"),
        ("check: rating_match", "check: astrology", "rule SU-02: check == astrology"),
        ("months: 12}", "weeks: 12}", "rule SU-03: parameters"),
        ("count: 4, days: 30", "count: 4, days: 365", "rule FR-05: parameters.days"),
        ("status: confirmed", "status: rumour", "status"),
        ("rules:", "rules: [", "YAML"),
    ],
)
def test_what_is_wrong_with_a_pack_is_named(old: str, new: str, said: str) -> None:
    with pytest.raises(DocumentError, match=r"bank\.yaml") as error:
        parse_pack(TEXT.replace(old, new, 1).encode(), name="bank.yaml")
    assert said in str(error.value)


@pytest.mark.parametrize("index", range(len(load_pack().rules)))
def test_i7_a_pack_without_a_check_or_with_one_asked_too_late_is_refused(index: int) -> None:
    document = yaml.load(TEXT, Loader=yaml.CSafeLoader)
    check = document["rules"][index]["check"]
    for rule in document["rules"]:
        if rule["check"] == check:
            rule["stages"] = ["plan"]
    with pytest.raises(DocumentError, match=f"check {check} must be asked"):
        parse_pack(yaml.dump(document, Dumper=yaml.CSafeDumper, allow_unicode=True).encode(), name="bank.yaml")
    document["rules"] = [rule for rule in document["rules"] if rule["check"] != check]
    with pytest.raises(DocumentError, match=f"check {check} must be asked"):
        parse_pack(yaml.dump(document, Dumper=yaml.CSafeDumper, allow_unicode=True).encode(), name="bank.yaml")


RELAXED = [
    ("months: 12}", "months: 13}", "rule SU-03 is legal .* parameters.months == 13, must be at most 12"),
    ("months: 6}", "months: 5}", "rule CO-04 is legal .* parameters.months == 5, must be at least 6"),
    ('begins: "09:00"', 'begins: "08:59"', "rule QH-01 .* parameters.begins == 08:59:00, must be at least"),
    ('ends: "21:00"', 'ends: "21:01"', "rule QH-01 .* parameters.ends"),
    ("closed_channels: [rm]", "closed_channels: [rm, wecom]", r"rule SU-04 .* must hold nothing but \[rm\]"),
    (
        "person_channels: [rm, remote_agent]",
        "person_channels: [rm, app_push]",
        "rule AG-01 .* parameters.person_channels",
    ),
    ("forbidden_channels: [ai_call]", "forbidden_channels: []", r"rule AG-01 .* must hold at least \[ai_call\]"),
    ("        - 稳赚\n", "", "rule ON-01 .* parameters.forbidden"),
    ("        sms: [sms]\n", "", "rule CH-01 .* parameters.needs"),
    ("wecom: [wecom]", "wecom: [wecom, sms]", "rule CH-01 .* parameters.needs"),
    ("signature_ends: 】", "signature_ends: ）", "rule SM-01 .* must be 】"),
    ("regimes: [investment, insurance]", "regimes: [investment]", "rule DR-01 .* parameters.regimes"),
    (
        "check: rating_match\n    kind: legal",
        "check: rating_match\n    kind: bank",
        "rule SU-02 is legal and must stand",
    ),
    ("id: SU-02", "id: SU-92", "rule SU-02 is legal and must stand with check: rating_match"),
]
TIGHTENED = [
    ("months: 12}", "months: 6}"),
    ('ends: "21:00"', 'ends: "20:00"'),
    ("age: 65", "age: 60"),
    ("        - 稳赚\n", "        - 稳赚\n        - 翻倍\n"),
    ("wecom: [wecom]", "wecom: []"),
    ("enabled: false", "enabled: true"),
    ("count: 4, days: 30", "count: 9, days: 7"),
]
"""The last two relax what is the bank's own to set: the switch of machine calls, and its own policy of frequency."""


@pytest.mark.parametrize(("old", "new", "said"), RELAXED)
def test_a_banks_pack_cannot_relax_a_legal_rule(old: str, new: str, said: str) -> None:
    assert old in TEXT
    with pytest.raises(DocumentError, match=f"bank.yaml: {said}"):
        parse_pack(TEXT.replace(old, new, 1).encode(), name="bank.yaml")


@pytest.mark.parametrize(("old", "new"), TIGHTENED)
def test_a_banks_pack_may_tighten_the_law_and_change_its_own_rules(old: str, new: str) -> None:
    assert old in TEXT
    assert parse_pack(TEXT.replace(old, new, 1).encode(), name="bank.yaml").rules != load_pack().rules


def test_every_parameter_of_every_check_says_which_way_it_becomes_stricter() -> None:
    for _, kind in CHECKS.values():
        assert all(direction(kind, name) for name in kind.model_fields)


CLAUSES = {
    "C_k may be pitched R1..R_k only; the lowest class never above; the higher of two ratings": "SU-02",
    "a missing level: no pitch of investment products": "SU-01",
    "a level older than 12 months: no pitch, an invitation to re-assess": "SU-03",
    "insurance follows needs and affordability analysis": "SU-05",
    "at most 2 assessments a day and 8 in 12 months": "SU-06",
    "age 65 and over: no AI call, no R4 or R5 pitch without a person": "AG-01",
    "private products never on an open channel": "SU-04",
    "a contact is not the sale: recording, appointment or the app": "DR-01",
    "no commercial message or call without consent; marketing refused: nothing": "CO-01",
    "personalisation off: only non-personal content, no scores; an off switch of algorithm recommendation": "CO-02",
    "refusal stops at once, on all queued sends": "CO-03",
    "do-not-call at least 6 months": "CO-04",
    "personalised incentives only inside an approved experiment or published rule": "EQ-01",
    "sender signature and opt-out": "SM-01",
    "consent proof kept 5 months": "SM-02",
    "09:00 to 21:00 in the customer's zone": "QH-01",
    "card room never enters value, amount or talk track": "CR-01",
    "AI calls off by default; consented own customers only": "AI-01",
    "AI calls say that a machine speaks": "AI-02",
    "AI calls hand over to a person": "AI-03",
    "no hint of guarantee, none of the banned wording": "ON-01",
    "content follows the contract": "ON-02",
    "an authorised person publishes": "AP-01",
    "product not on the approved list (I16)": "PR-02",
}
"""Every clause of the law that the engine enforces, and the rule that does."""


def test_every_clause_of_the_law_has_a_legal_rule_with_a_citation() -> None:
    for clause, rule_id in CLAUSES.items():
        rule = load_pack().rule(rule_id)
        assert rule.kind == "legal", clause
        assert "bank policy" not in rule.source, clause
    frequency = [rule for rule in load_pack().rules if rule.article == "frequency"]
    assert [(rule.rule_id, rule.kind) for rule in frequency] == [(f"FR-0{number}", "bank") for number in range(1, 7)]


def test_a_home_goes_by_its_own_rules_where_it_has_any_and_they_cannot_relax_the_law(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home", kind="simulated", bank_name="江南银行", salt="salt-of-the-tests")
    assert pack_of(home) is load_pack()
    own = home.root / "rules.yaml"
    own.write_text(TEXT.replace("count: 4, days: 30", "count: 3, days: 30"), encoding="utf-8")
    assert pack_of(home).digest != load_pack().digest
    assert pack_of(home).rule("FR-05").parameters != load_pack().rule("FR-05").parameters
    own.write_text(TEXT.replace("months: 12}", "months: 24}", 1), encoding="utf-8")
    with pytest.raises(DocumentError, match=r"rules\.yaml: rule SU-03 is legal"):
        pack_of(home)


def test_a_pack_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="not readable"):
        load_pack(tmp_path / "none.yaml")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_i18_made_texts_pass_the_rules_of_the_pack(language: str) -> None:
    sms = load_pack().rule("SM-01").parameters.model_dump()
    message = sms_text("示范银行", "hello", language)
    assert message.startswith(sms["signature_begins"])
    assert forbidden_words(message, sms["opt_out"])
    spoken = ai_call_text("示范银行", "hello", language)
    assert forbidden_words(spoken, load_pack().rule("AI-02").parameters.model_dump()["says"])
