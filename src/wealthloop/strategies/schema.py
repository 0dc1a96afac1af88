"""The JSON Schema of strategy documents, from which editors complete and explain."""

import json
from collections.abc import Sequence
from typing import Any, Final

from wealthloop.bank.contract import CATEGORIES, CHANNELS
from wealthloop.leads.triggers import RULES
from wealthloop.policies.types import EVERY_CHANNEL
from wealthloop.scoring.catalogue import catalogue
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.names import FEATURE_NAMES, TAG_STATES
from wealthloop.strategies.parts import SCHEDULED

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MODELINE: Final = "# yaml-language-server: $schema="
"""Begins the line of a YAML file that tells an editor where its schema is."""

_TRIGGERS: Final = tuple(rule.name for rule in RULES)
_NAMES: Final[dict[tuple[str, str], Sequence[str]]] = {
    ("Strategy", "triggers"): _TRIGGERS,
    ("Offering", "categories"): CATEGORIES,
    ("Offering", "alternatives"): CATEGORIES,
    ("Success", "categories"): CATEGORIES,
    ("Step", "channel"): CHANNELS,
    ("OwnCap", "channels"): (EVERY_CHANNEL, *CHANNELS),
    ("FeatureRule", "feature"): FEATURE_NAMES,
    ("TagRule", "tag"): tuple(TAG_STATES),
    ("TagRule", "states"): tuple(sorted({state for states in TAG_STATES.values() for state in states})),
}
"""By part and field the names that stand there, or in a list there."""
_KEYS: Final[dict[tuple[str, str], Sequence[str]]] = {
    ("Strategy", "effect_prior"): CHANNELS,
    ("Script", "why_now"): (*_TRIGGERS, SCHEDULED),
}
"""By part and field the names that keys of a mapping there have."""
_MODELS: Final = (("Strategy", "model_id"), ("ScoreRule", "model_id"))


def schema() -> dict[str, Any]:
    """Return the schema; what it refuses ``load_strategy`` refuses too, which also holds parts against each other."""
    made = Strategy.model_json_schema()
    parts = {**made["$defs"], "Strategy": made}
    for (part, name), words in _NAMES.items():
        field = parts[part]["properties"][name]
        (field["items"] if field.get("type") == "array" else field)["enum"] = list(words)
    for (part, name), words in _KEYS.items():
        parts[part]["properties"][name]["propertyNames"] = {"enum": list(words)}
    for part, name in _MODELS:
        field = parts[part]["properties"][name]
        pattern = {"pattern": field.pop("pattern"), "type": field.pop("type")}
        field["anyOf"] = [{"enum": [spec.model_id for spec in catalogue() if not spec.parent]}, pattern]
    return {"$schema": DIALECT, **made, "title": "Wealthloop strategy"}


def schema_text() -> str:
    """Return the schema as the text of its file."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"
