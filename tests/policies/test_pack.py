"""A rule pack is complete, cited and refused when anything in it is wrong."""

from pathlib import Path

import pytest
import yaml

from wealthloop.errors import DocumentError
from wealthloop.policies.pack import SHIPPED, load_pack, parse_pack
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
        ("id: SU-02", "id: two", "rules.22.id"),
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
    document = yaml.safe_load(TEXT)
    check = document["rules"][index]["check"]
    for rule in document["rules"]:
        if rule["check"] == check:
            rule["stages"] = ["plan"]
    with pytest.raises(DocumentError, match=f"check {check} must be asked"):
        parse_pack(yaml.safe_dump(document, allow_unicode=True).encode(), name="bank.yaml")
    document["rules"] = [rule for rule in document["rules"] if rule["check"] != check]
    with pytest.raises(DocumentError, match=f"check {check} must be asked"):
        parse_pack(yaml.safe_dump(document, allow_unicode=True).encode(), name="bank.yaml")


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
