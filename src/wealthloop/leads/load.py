"""Reads the documents of event rules and says what is wrong with one: file, rule and path of the key."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from wealthloop.errors import DocumentError
from wealthloop.leads.document import Rule


def load_rules(folder: Path) -> tuple[Rule, ...]:
    """Read every rule of the YAML files in a folder, each file a list under ``rules``.

    Returns:
        The rules by name.

    Raises:
        DocumentError: a file is not readable, a key is wrong or a name stands twice; every fault on a line of its own,
            ``file: rules.<place>.<path of the key>: what is wrong``.
    """
    faults: list[str] = []
    rules: dict[str, Rule] = {}
    for file in sorted(folder.glob("*.yaml")):
        for place, content in enumerate(_listed(file)):
            where = f"{file.name}: rules.{place}"
            try:
                rule = Rule.model_validate(content)
            except ValidationError as error:
                faults += [f"{where}{path}: {said}" for path, said in _faults(error, content)]
                continue
            if rule.name in rules:
                faults.append(f"{where}.name: {rule.name} stands twice")
            rules[rule.name] = rule
    if faults:
        raise DocumentError("\n".join(faults))
    return tuple(rules[name] for name in sorted(rules))


def _listed(file: Path) -> list[Any]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DocumentError(f"{file.name}: not readable as YAML: {error}") from error
    if not isinstance(content, dict) or list(content) != ["rules"] or not isinstance(content["rules"], list):
        raise DocumentError(f"{file.name}: must be a list of rules under the one key 'rules'")
    return content["rules"]


def _faults(error: ValidationError, content: object) -> Iterator[tuple[str, str]]:
    """Yield the path of each wrong key and what is wrong with it; the kind of the condition is no part of a path."""
    kind = content["when"].get("kind") if isinstance(content, dict) and isinstance(content.get("when"), dict) else None
    for found in error.errors():
        loc = list(found["loc"])
        if loc[:2] == ["when", kind]:
            del loc[1]
        where = "".join(f".{part}" for part in loc)
        if found["type"] != "value_error":
            yield where, found["msg"]
            continue
        for said in found["msg"].removeprefix("Value error, ").split("; "):
            path, _, rest = said.partition(": ")
            named = rest and " " not in path
            yield (f"{where}.{path}", rest) if named else (where, said)
