"""The published schema: it takes what the loader takes, and refuses what an editor can know to be wrong."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from tests.strategies.test_document import GOOD, changed
from wealthloop.strategies.load import dump, shipped
from wealthloop.strategies.schema import DIALECT, schema, schema_text

_TYPES: Final[dict[str, Any]] = {
    "object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float),
    "null": type(None),
}  # fmt: skip
_BOUNDS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "minimum": lambda value, bound: value >= bound, "maximum": lambda value, bound: value <= bound,
    "exclusiveMinimum": lambda value, bound: value > bound, "exclusiveMaximum": lambda value, bound: value < bound,
    "minLength": lambda value, bound: len(value) >= bound, "maxLength": lambda value, bound: len(value) <= bound,
    "minItems": lambda value, bound: len(value) >= bound, "enum": lambda value, known: value in known,
    "pattern": lambda value, form: re.search(form, value) is not None,
}  # fmt: skip
_PARTS: Final = {"items", "properties", "required", "propertyNames", "additionalProperties"}
_SAYS_NOTHING: Final = {"$schema", "$defs", "title", "description", "default", "format", "type"}
WHOLE: Final = schema()


def refused(value: Any, rule: dict[str, Any], path: str = "") -> list[str]:  # noqa: ANN401
    """Return where a value breaks a schema: so much of draft 2020-12 as ours uses; an unknown word is an error."""
    if "type" in rule and not _is(value, rule["type"]):
        return [path]
    found = [
        place
        for word, held in rule.items()
        if word not in _SAYS_NOTHING
        for place in (_parts(word, value, rule, path) if word in _PARTS else _bound(word, value, held, path))
    ]
    return list(dict.fromkeys(found))


def _is(value: object, name: str) -> bool:
    return isinstance(value, _TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def _bound(word: str, value: Any, held: Any, path: str) -> list[str]:  # noqa: ANN401
    if word == "anyOf":
        return [path] if all(refused(value, one, path) for one in held) else []
    if word == "$ref":
        return refused(value, WHOLE["$defs"][held.removeprefix("#/$defs/")], path)
    return [] if _BOUNDS[word](value, held) else [path]


def _parts(word: str, value: Any, rule: dict[str, Any], path: str) -> Iterator[str]:  # noqa: ANN401
    held = rule[word]
    if word == "items":
        for place, one in enumerate(value):
            yield from refused(one, held, f"{path}.{place}")
        return
    names = {
        "properties": held, "required": held, "propertyNames": value,
        "additionalProperties": value.keys() - rule.get("properties", {}).keys(),
    }[word]  # fmt: skip
    for name in names:
        at = f"{path}.{name}"
        if word == "required" or held is False:
            yield from [at] * (held is False or name not in value)
        elif word == "propertyNames":
            yield from [at] * bool(refused(name, held, at))
        elif name in value:
            yield from refused(value[name], held[name] if word == "properties" else held, at)


@pytest.mark.parametrize("document", shipped(), ids=lambda one: str(one.id))
def test_what_the_loader_takes_the_schema_takes(document: Any) -> None:  # noqa: ANN401
    assert refused(dump(document), WHOLE) == []
    assert refused(json.loads(document.model_dump_json(exclude_defaults=True)), WHOLE) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("triggers.0", "full_moon"), ("offer.categories.0", "lottery"), ("offer.alternatives.0", "lottery"),
        ("success.categories.0", "lottery"), ("channels.0.channel", "pigeon"), ("caps.0.channels.0", "all"),
        ("audience.tiers.0", "royal"), ("model_id", "oracle"), ("daily_maximum", 0), ("surprise", 1),
        ("success.alpha", 1.0), ("success.minimum_worthwhile_effect", 0), ("arms.0.incentive_yuan", -1),
        ("arms.0.share", True), ("success", ...), ("card.en.do_not_say", []), ("unit", "planet"),
    ],
)  # fmt: skip
def test_what_an_editor_can_know_is_refused_where_it_stands(path: str, value: object) -> None:
    assert refused(changed(path, value), WHOLE) == [f".{path}"]


@pytest.mark.parametrize(
    ("part", "value", "where"),
    [
        ("audience", {"features": [{"feature": "agee", "at_least": 1}]}, ".audience.features.0.feature"),
        ("audience", {"scores": [{"model_id": "churn/X/30d", "at_least": 1}]}, ".audience.scores.0.model_id"),
        ("audience", {"tags": [{"tag": "rfn", "states": ["value"]}]}, ".audience.tags.0.tag"),
        ("audience", {"tags": [{"tag": "rfm", "states": ["valu"]}]}, ".audience.tags.0.states.0"),
        ("effect_prior", {"pigeon": {"mean": 0.1, "sd": 0.1}}, ".effect_prior.pigeon"),
        ("schedule", {"every": "hour", "on": "2026-11-02", "lasts_days": 9}, ".schedule"),
    ],
)
def test_names_of_other_rooms_are_known_to_an_editor(part: str, value: dict[str, Any], where: str) -> None:
    given = copy.deepcopy(GOOD)
    given[part] = {**given.get(part, {}), **value}
    assert refused(given, WHOLE) == [where]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_sentences_are_of_occasions_that_there_are(language: str) -> None:
    for name, where in (("scheduled", []), ("near_tier", []), ("full_moon", [f".card.{language}.why_now.full_moon"])):
        given = copy.deepcopy(GOOD)
        given["card"][language]["why_now"][name] = "x"
        assert refused(given, WHOLE) == where


def test_a_cap_may_be_of_every_channel_and_a_model_of_a_banks_own_region() -> None:
    given = changed("caps.0.channels", ["*"])
    given["model_id"] = "churn/aum_half/30d/wealth_region_0a1b2c3d"
    assert refused(given, WHOLE) == []


def test_the_schema_is_json_that_says_its_dialect() -> None:
    assert json.loads(schema_text())["$schema"] == DIALECT
    assert DIALECT.endswith("2020-12/schema")
