"""The names of other rooms that a document uses: features, models, tags and their states."""

import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from functools import cache
from typing import Final

from wealthloop.features import FEATURES
from wealthloop.insight import DEFINITIONS
from wealthloop.scoring import SPECS
from wealthloop.scoring.catalogue import catalogue
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.parts import TagRule

FEATURE_NAMES: Final = tuple(feature.name for feature in FEATURES)
TAG_STATES: Final = {
    tag: tuple(state.name for state in definition.states if not state.hidden) for tag, definition in DEFINITIONS.items()
}
"""By tag the states in which a customer may be seen."""
_ALWAYS_MODELS: Final = frozenset(spec.model_id for spec in SPECS)
_REGION: Final = re.compile(r"[/_]region_[0-9a-f]{8}$")
"""The end of the id of a model of one region: which regions there are, only a bank knows."""


def name_faults(document: Strategy) -> Iterator[tuple[str, str]]:
    """Yield (path in the document, what is wrong) for every name that stands for nothing."""
    audience = document.audience
    if not _is_model(document.model_id):
        yield "model_id", _unknown(document.model_id, model_ids(), "a declared model")
    for place, feature in enumerate(audience.features):
        if feature.feature not in FEATURE_NAMES:
            yield f"audience.features.{place}.feature", _unknown(feature.feature, FEATURE_NAMES, "a feature")
    for place, score in enumerate(audience.scores):
        if not _is_model(score.model_id):
            yield f"audience.scores.{place}.model_id", _unknown(score.model_id, model_ids(), "a declared model")
    for where, rules in (("tags", audience.tags), ("without_tags", audience.without_tags)):
        for place, tag in enumerate(rules):
            yield from _tag_faults(f"audience.{where}.{place}", tag)


@cache
def model_ids() -> frozenset[str]:
    """Return the id of every declared model but those of a bank's regions."""
    return frozenset(spec.model_id for spec in catalogue())


def _is_model(model_id: str) -> bool:
    return model_id in _ALWAYS_MODELS or _REGION.sub("", model_id) in model_ids()


def _tag_faults(path: str, rule: TagRule) -> Iterator[tuple[str, str]]:
    if rule.tag not in TAG_STATES:
        yield f"{path}.tag", _unknown(rule.tag, TAG_STATES, "a tag")
        return
    known = TAG_STATES[rule.tag]
    for place, state in enumerate(rule.states):
        if state not in known:
            yield f"{path}.states.{place}", _unknown(state, known, f"a state of {rule.tag}")


def _unknown(name: str, known: Collection[str], what: str) -> str:
    """Say that a name is not known, and what it may have been meant to be."""
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else _choices(known)
    return f"{name} is not known as {what}; {hint}"


def _choices(known: Collection[str]) -> str:
    few = 12
    return f"must be one of {', '.join(sorted(known))}" if len(known) <= few else f"it must be one of {len(known)}"
