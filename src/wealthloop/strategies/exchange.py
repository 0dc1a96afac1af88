"""Documents leave a home as YAML, and are read from files, several at once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from wealthloop.errors import InvalidInput
from wealthloop.kit import write_atomic
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.load import load_strategy
from wealthloop.strategies.repository import held_in, version_row

_WIDTH = 110
_SHORT = 80


def yaml_of(document: Strategy) -> str:
    """Return a document as YAML: complete, defaults left out, in the order of its parts."""
    return yaml_text(document.model_dump(exclude_defaults=True))


def yaml_text(content: object) -> str:
    """Return plain values as YAML for people."""
    return yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDTH)


class _Dumper(yaml.SafeDumper):
    """Writes short lists and parts of plain values on one line each, and no anchors."""

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> yaml.SequenceNode:  # noqa: ANN401, FBT001
        return super().represent_sequence(tag, sequence, flow_style or _is_short([*sequence]))

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> yaml.MappingNode:  # noqa: ANN401, FBT001
        return super().represent_mapping(tag, mapping, flow_style or _is_short([*mapping.values()]))

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002 - yaml's signature
        return True


def _is_short(values: list[Any]) -> bool:
    plain = not any(isinstance(value, (dict, list, tuple)) for value in values)
    return plain and len(str(values)) <= _SHORT


def document_of(strategy_id: str, version: int) -> Strategy:
    """Return the document of a version.

    Raises:
        NotFound: no such version.
    """
    return held_in(version_row(strategy_id, version))[0]


def export(strategy_id: str, version: int, out: Path) -> Strategy:
    """Write the document of a version to a file, and return it.

    Raises:
        NotFound: no such version.
    """
    document = document_of(strategy_id, version)
    write_atomic(out, yaml_of(document).encode())
    return document


def read_files(files: Sequence[Path]) -> list[Strategy]:
    """Return the documents of some files, each of another strategy.

    Raises:
        DocumentError: one of them breaks a rule.
        InvalidInput: two of them are documents of one strategy.
    """
    documents = [load_strategy(file) for file in files]
    names = [one.id for one in documents]
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        raise InvalidInput(f"files: {', '.join(double)} stands in several, import one version of a strategy at a time")
    return documents
