"""The walk of all customers through a machine, step by step, in arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from wealthloop.insight.columns import Floats, Integers
from wealthloop.insight.machines.document import Clock, Comparison, Definition, Transition
from wealthloop.insight.machines.guards import Fact, Flags, holds

_Run: TypeAlias = tuple[tuple[str, ...], Clock, tuple[Comparison, ...]]
"""What is counted in a row: transitions that leave the same states under the same guard share one count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of a clock with the facts as they are then; a fact that is not given is not known then."""

    clock: Clock
    facts: Mapping[str, Fact]


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """Where customers have come to; numbers are places in the definition's states and transitions."""

    states: Integers
    """After each step, shape (n_steps, n_customers)."""
    by: Integers
    """The last transition that was taken, into the state or within it, shape (n_customers,); -1: none."""
    entered: Integers
    """The step at which the last state was entered, shape (n_customers,); -1: it is where the walk began."""
    waiting: Integers
    """Steps in a row so far towards leaving it, shape (n_customers,)."""


@dataclass(slots=True, kw_only=True)
class _Walkers:
    """The customers on their way; arrays of shape (n_customers,) are replaced, never changed."""

    state: Integers
    by: Integers
    entered: Integers
    runs: dict[_Run, Integers] = field(default_factory=dict)
    bests: dict[tuple[_Run, str], Floats] = field(default_factory=dict)


def walk(definition: Definition, steps: Sequence[Step], *, size: int) -> Walked:
    """Take customers through a machine.

    Args:
        definition: the machine.
        steps: oldest first; each fact of shape (size,).
        size: how many customers.

    Returns:
        Where they stand; with no step everybody is at the start.
    """
    begin = np.full(size, definition.places[definition.start], dtype=np.int64)
    nothing = np.full(size, -1, dtype=np.int64)
    walkers = _Walkers(state=begin, by=nothing, entered=nothing)
    states = np.empty((len(steps), size), dtype=np.int64)
    for number, step in enumerate(steps):
        _take(definition, walkers, step, number)
        states[number] = walkers.state
    waiting = np.maximum.reduce([np.zeros(size, dtype=np.int64), *walkers.runs.values()])
    return Walked(states=states, by=walkers.by, entered=walkers.entered, waiting=waiting)


def _take(definition: Definition, walkers: _Walkers, step: Step, number: int) -> None:
    checks = _Checks(definition, step.facts, walkers.state)
    due = [(place, one) for place, one in enumerate(definition.transitions) if one.each == step.clock]
    for run in dict.fromkeys(_run_of(one) for _, one in due if one.patience > 1):
        _count(walkers, checks, run, step.facts)
    chosen = np.full(walkers.state.size, -1, dtype=np.int64)
    for place, transition in due:
        chosen = np.where((chosen < 0) & _may(walkers, checks, transition), place, chosen)
    targets = np.array([definition.places[one.to] for one in definition.transitions], dtype=np.int64)
    taken = chosen >= 0
    now = np.where(taken, targets[chosen], walkers.state)
    moved = now != walkers.state
    walkers.state, walkers.by = now, np.where(taken, chosen, walkers.by)
    walkers.entered = np.where(moved, number, walkers.entered)
    for run in walkers.runs:
        walkers.runs[run] = np.where(moved, 0, walkers.runs[run])


def _may(walkers: _Walkers, checks: "_Checks", transition: Transition) -> Flags:
    if transition.patience == 1:
        return checks.guard(transition.start, transition.when)
    run = _run_of(transition)
    may: Flags = walkers.runs[run] >= transition.patience
    highest = {name: best for (of, name), best in walkers.bests.items() if of == run}
    for one in transition.best:
        may = may & holds(one, highest, checks.definition.number(one.bound), may.size)
    return may


def _count(walkers: _Walkers, checks: "_Checks", run: _Run, facts: Mapping[str, Fact]) -> None:
    """Count one more step for whom the guard holds, and keep the highest values of the facts meanwhile."""
    start, _, when = run
    on = checks.guard(start, when)
    before = walkers.runs.get(run, np.zeros(on.size, dtype=np.int64))
    walkers.runs[run] = np.where(on, before + 1, 0)
    for name in _facts(when):
        value = facts.get(name)
        if isinstance(value, np.ndarray):
            held = walkers.bests.get((run, name), value)
            walkers.bests[run, name] = np.where(on & (before > 0), np.fmax(held, value), value)


def _run_of(transition: Transition) -> _Run:
    return transition.start, transition.each, transition.when


def _facts(comparisons: Sequence[Comparison]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.fact for one in comparisons))


class _Checks:
    """Comparisons of one step, each made once."""

    def __init__(self, definition: Definition, facts: Mapping[str, Fact], state: Integers) -> None:
        self.definition = definition
        self._facts, self._state = facts, state
        self._made: dict[Comparison, Flags] = {}

    def guard(self, start: tuple[str, ...], when: Sequence[Comparison]) -> Flags:
        """Return who stands in one of some states (empty: in any) and meets every comparison."""
        if start:
            inside: Flags = np.isin(self._state, [self.definition.places[name] for name in start])
        else:
            inside = np.ones(self._state.size, dtype=np.bool_)
        for one in when:
            inside = inside & self._holds(one)
        return inside

    def _holds(self, one: Comparison) -> Flags:
        if one not in self._made:
            bound = self.definition.number(one.bound)
            self._made[one] = holds(one, self._facts, bound, self._state.size)
        return self._made[one]
