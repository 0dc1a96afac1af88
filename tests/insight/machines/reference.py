"""The machine for one customer, written plainly: what the arrays must come to."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from wealthloop.insight.machines import Comparison, Definition, Transition

Value = float | str | None

_OPERATORS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "at_least": lambda value, bound: value >= bound,
    "above": lambda value, bound: value > bound,
    "at_most": lambda value, bound: value <= bound,
    "below": lambda value, bound: value < bound,
}


@dataclass(slots=True)
class Walker:
    """One customer on the way; ``seen`` are the facts at the last steps at which each transition's guard held."""

    definition: Definition
    state: str
    by: int = -1
    entered: int = -1
    seen: dict[int, list[Mapping[str, Value]]] = field(default_factory=dict)

    def take(self, number: int, clock: str, facts: Mapping[str, Value]) -> None:
        for place, transition in enumerate(self.definition.transitions):
            if transition.each == clock and transition.patience > 1:
                held = self._inside(transition) and self._all(transition.when, facts)
                self.seen[place] = [*self.seen.get(place, []), facts] if held else []
        for place, transition in enumerate(self.definition.transitions):
            if transition.each == clock and self._may(place, transition, facts):
                self.by = place
                if transition.to != self.state:
                    self.state, self.entered, self.seen = transition.to, number, {}
                return

    def waiting(self) -> int:
        return max((len(held) for held in self.seen.values()), default=0)

    def _may(self, place: int, transition: Transition, facts: Mapping[str, Value]) -> bool:
        if transition.patience == 1:
            return self._inside(transition) and self._all(transition.when, facts)
        held = self.seen[place]
        if len(held) < transition.patience:
            return False
        names = {name for facts in held for name in facts}
        best = {name: max(one[name] for one in held if isinstance(one[name], float)) for name in names}  # type: ignore[type-var]
        return self._all(transition.best, best)

    def _inside(self, transition: Transition) -> bool:
        return not transition.start or self.state in transition.start

    def _all(self, comparisons: Sequence[Comparison], facts: Mapping[str, Value]) -> bool:
        return all(self._holds(one, facts.get(one.fact)) for one in comparisons)

    def _holds(self, one: Comparison, value: Value) -> bool:
        known = value is not None and not (isinstance(value, float) and math.isnan(value))
        if one.operator == "known":
            return known == one.known
        if not known:
            return False
        if one.operator == "is_in":
            return value in one.is_in
        return _OPERATORS[one.operator](value, self.definition.number(one.bound))


def tier_after(averages: Sequence[int], floors: Sequence[int], patience: Sequence[int]) -> list[int]:
    """Return the tier after each month, by the words of the contract: up at once, down after months in a row."""
    met = [max(place for place, floor in enumerate(floors) if average >= floor or place == 0) for average in averages]
    level, after = met[0], []
    short: list[int] = []
    for now in met:
        short = [*short, now] if now < level else []
        if now >= level:
            level = now
        elif len(short) >= patience[level]:
            level, short = max(short), []
        after.append(level)
    return after
