"""Whether parameters are looser than others: legal rules can be tightened by a bank, never relaxed."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from wealthloop.policies.finding import Parameters, Stricter


def _holds(mine: Collection[str], law: Collection[str]) -> bool:
    return set(law) <= set(mine)


def _is_within(mine: Any, law: Any) -> bool:  # noqa: ANN401 - sets, or sets by key
    """Say whether nothing satisfies the one that does not satisfy the other."""
    if isinstance(law, Mapping):
        return law.keys() <= mine.keys() and all(set(mine[key]) <= set(law[key]) for key in law)
    return set(mine) <= set(law)


_STRICT: Final[Mapping[Stricter, tuple[Callable[[Any, Any], bool], str]]] = {
    Stricter.LOWER: (lambda mine, law: mine <= law, "must be at most"),
    Stricter.HIGHER: (lambda mine, law: mine >= law, "must be at least"),
    Stricter.MORE: (_holds, "must hold at least"),
    Stricter.FEWER: (_is_within, "must hold nothing but"),
    Stricter.SAME: (lambda mine, law: mine == law, "must be"),
    Stricter.FREE: (lambda *_: True, ""),
}
"""By direction: whether a value is at least as strict as the law's, and what it must be."""


def direction(kind: type[Parameters], name: str) -> Stricter:
    """Return which way a parameter becomes stricter.

    Raises:
        TypeError: its declaration does not say it.
    """
    found = next((one for one in kind.model_fields[name].metadata if isinstance(one, Stricter)), None)
    if found is None:
        raise TypeError(f"{kind.__name__}.{name} does not say which way it becomes stricter")
    return found


def relaxed(mine: Parameters, law: Parameters) -> str | None:
    """Return what is looser in parameters than in the law's, and what it must be; None: nothing is."""
    for name in type(law).model_fields:
        strict, must = _STRICT[direction(type(law), name)]
        ours, given = getattr(mine, name), getattr(law, name)
        if not strict(ours, given):
            return f"parameters.{name} == {_written(ours)}, {must} {_written(given)}"
    return None


def _written(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_written(one)}" for key, one in value.items()) + "}"
    if isinstance(value, frozenset | tuple):
        return "[" + ", ".join(sorted(map(str, value))) + "]"
    return str(value)
