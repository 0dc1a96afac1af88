"""What differs between two documents, path by path; layout, order without meaning and defaults do not count."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from wealthloop.strategies.document import Strategy
from wealthloop.strategies.load import dump

_KEYS: Final = ("channel", "name", "metric", "feature", "model_id", "tag")
"""By the first of these that they have, parts in a list are told apart."""
_UNORDERED: Final = frozenset({"triggers", "tiers", "lifecycles", "states", "exclusions", "audience.features",
                               "audience.scores", "audience.tags", "audience.without_tags", "guardrails"})  # fmt: skip
"""Lists whose order means nothing, by their path or its last part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference: plain JSON values, None where there is nothing."""

    path: str
    kind: Literal["added", "removed", "changed"]
    before: Any
    after: Any


def changes(before: Strategy, after: Strategy) -> tuple[Change, ...]:
    """Return what differs, in the order of the document; a path names parts of a list by channel, name, metric or so.

    Example:
        >>> from wealthloop.strategies.load import shipped
        >>> one = shipped()[0]
        >>> changes(one, one.model_copy(update={"daily_maximum": 7}))[0].path
        'daily_maximum'
    """
    return tuple(_between("", dump(before), dump(after)))


def _between(path: str, before: object, after: object) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _keyed(path, before, after)
    elif isinstance(before, Sequence) and isinstance(after, Sequence) and not isinstance(before, str):
        yield from _listed(path, before, after)
    else:
        yield Change(path=path, kind=_kind(before, after), before=before, after=after)


def _keyed(path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for key in dict.fromkeys((*before, *after)):
        yield from _between(f"{path}.{key}" if path else key, before.get(key), after.get(key))


def _listed(path: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Change]:
    """Compare lists as parts by their names where they have one each, as sets where order means nothing."""
    first, second = _named(before), _named(after)
    ordered = path not in _UNORDERED and path.rpartition(".")[2] not in _UNORDERED
    if first is None or second is None:
        if ordered or sorted(map(str, before)) != sorted(map(str, after)):
            yield Change(path=path, kind=_kind(before or None, after or None), before=before, after=after)
        return
    yield from _keyed(path, first, second)
    common = [name for name in first if name in second]
    if ordered and common != [name for name in second if name in first]:
        yield Change(path=f"{path} (order)", kind="changed", before=[*first], after=[*second])


def _named(parts: Sequence[Any]) -> dict[str, Any] | None:
    """Return the parts of a list by their names; None where some have none, or two the same."""
    found: dict[str, Any] = {}
    for part in parts:
        key = next((key for key in _KEYS if isinstance(part, Mapping) and key in part), None)
        if key is None or part[key] in found:
            return None
        found[part[key]] = part
    return found


def _kind(before: object, after: object) -> Literal["added", "removed", "changed"]:
    return "added" if before is None else "removed" if after is None else "changed"
