"""A document as parts in YAML, as the page shows and takes them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml

from wealthloop.strategies.differ import changes
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.exchange import yaml_text
from wealthloop.strategies.load import judge
from wealthloop.web.contexts.editing import ChangeLine, PartField
from wealthloop.web.words import word

PARTS: Final = tuple(name for name in Strategy.model_fields if name != "id")
"""What can be edited: a strategy keeps its id."""
MOST: Final = 20_000
"""Characters of one part."""
_MOST_ROWS: Final = 24
Faults = list[tuple[str, str]]


def texts_of(document: Strategy) -> dict[str, str]:
    """Return each part as YAML, empty where it is the default."""
    content = document.model_dump(exclude_defaults=True)
    return {name: _text(content[name]) if name in content else "" for name in PARTS}


def read_texts(strategy_id: str, texts: Mapping[str, str]) -> tuple[Strategy | None, Faults]:
    """Return the document of some parts, or (path, what is wrong) of every fault that is seen."""
    content: dict[str, Any] = {"id": strategy_id}
    faults: Faults = []
    for name, text in texts.items():
        try:
            value = _value(text)
        except (yaml.YAMLError, ValueError) as error:
            faults.append((name, f"not readable as YAML: {error}"))
            continue
        if value is not None:
            content[name] = value
    return (None, faults) if faults else judge(content)


def part_fields(texts: Mapping[str, str], faults: Faults) -> tuple[PartField, ...]:
    """Return the parts with what is wrong beside each."""
    return tuple(
        PartField(
            name=name, says=word("part", name), text=text, rows=min(_MOST_ROWS, text.count("\n") + 1),
            faults=tuple(one for one in faults if one[0].split(".")[0] == name),
        )
        for name, text in texts.items()
    )  # fmt: skip


def elsewhere(faults: Faults) -> tuple[tuple[str, str], ...]:
    """Return the faults of no single part."""
    return tuple(one for one in faults if one[0].split(".")[0] not in PARTS)


def change_lines(before: Strategy, after: Strategy) -> tuple[ChangeLine, ...]:
    """Return what differs, for the page."""
    return tuple(
        ChangeLine(
            path=one.path, kind=one.kind,
            before="" if one.before is None else _shown(one.before),
            after="" if one.after is None else _shown(one.after),
        )
        for one in changes(before, after)
    )  # fmt: skip


def _value(text: str) -> object:
    if len(text) > MOST:
        raise ValueError(f"{len(text)} characters, must be at most {MOST}")
    if any(isinstance(token, (yaml.AnchorToken, yaml.AliasToken)) for token in yaml.scan(text, Loader=yaml.SafeLoader)):
        raise ValueError("anchors and aliases are not taken, write the words out")
    return yaml.safe_load(text)


def _text(value: object) -> str:
    return (
        yaml_text(list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value)
        .removesuffix("...\n")
        .rstrip()
    )


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
