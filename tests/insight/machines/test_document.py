"""What a definition may not be, and what the error says."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from wealthloop.errors import DocumentError
from wealthloop.insight import DEFINITIONS
from wealthloop.insight.facts.gather import check_facts
from wealthloop.insight.machines import FOLDER, load_definition, parse_definition

GOOD: dict[str, Any] = {
    "tag": "mood",
    "version": 1,
    "title": {"zh": "t", "en": "t"},
    "thresholds": {"least": 3},
    "facts": {"logins": {"feature": "login_count_30d"}},
    "states": [{"name": "gay", "zh": "g", "en": "g"}, {"name": "sad", "zh": "s", "en": "s"}],
    "start": "sad",
    "transitions": [{"to": "gay", "when": [{"fact": "logins", "at_least": "least"}], "why": {"zh": "w", "en": "w"}}],
}


def _bytes(**changed: object) -> bytes:
    return yaml.safe_dump({**GOOD, **changed}).encode()


def _transition(**changed: object) -> list[dict[str, object]]:
    return [{**GOOD["transitions"][0], **changed}]


def test_a_definition_has_a_version_and_the_digest_of_its_bytes() -> None:
    read = parse_definition(_bytes(), name="mood.yaml")
    assert (read.tag, read.version, len(read.digest)) == ("mood", 1, 16)
    assert parse_definition(_bytes(thresholds={"least": 4}), name="mood.yaml").digest != read.digest
    assert parse_definition(_bytes(), name="other.yaml").digest == read.digest


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (b"tag: [", "mood.yaml: not readable as YAML"),
        (_bytes(version=0), "mood.yaml: version: Input should be greater"),
        (_bytes(colour="red"), "mood.yaml: colour: Extra inputs"),
        (_bytes(start="glad"), "start: glad is not declared"),
        (_bytes(states=[*GOOD["states"], GOOD["states"][0]]), "states: gay is double"),
        (_bytes(transitions=_transition(to="glad")), "transitions.0: glad is not declared"),
        (_bytes(transitions=_transition(**{"from": ["mad"]})), "transitions.0: mad is not declared"),
        (_bytes(transitions=_transition(when=[{"fact": "age", "below": 1}])), "transitions.0: age is not declared"),
        (_bytes(transitions=_transition(when=[{"fact": "logins", "below": "most"}])), "most is not declared"),
        (_bytes(transitions=_transition(when=[{"fact": "logins", "below": 1, "above": 0}])), "must have one of"),
        (_bytes(transitions=_transition(best=[{"fact": "logins", "below": 1}])), "best: logins is not declared"),
        (_bytes(facts={"logins": {}}), "mood.yaml: facts.logins: Value error, must name a feature or a made fact"),
        (_bytes(states=[*GOOD["states"], {"name": "in", "zh": "i", "en": "i", "hidden": True}]), "the last must lead"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(document: bytes, says: str) -> None:
    with pytest.raises(DocumentError, match=says.replace("(", r"\(")):
        parse_definition(document, name="mood.yaml")


def test_facts_that_nobody_makes_are_refused_by_name() -> None:
    for facts, says in (({"made": "moods"}, "made == moods"), ({"feature": "moods_30d"}, "feature == moods_30d")):
        wrong = parse_definition(_bytes(facts={"logins": facts}), name="mood.yaml")
        with pytest.raises(DocumentError, match=f"mood.yaml: facts.logins: {says}"):
            check_facts(wrong, name="mood.yaml")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"none\.yaml: not readable"):
        load_definition(tmp_path / "none.yaml")


def test_every_shipped_file_is_in_force_under_its_own_name() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(DEFINITIONS)


def test_every_name_in_a_sentence_is_a_fact_or_a_threshold() -> None:
    for definition in DEFINITIONS.values():
        known = dict.fromkeys([*definition.facts, *definition.thresholds], "")
        for transition in definition.transitions:
            assert transition.why.zh.format_map(known)
            assert transition.why.en.format_map(known)
