"""The walk in arrays against the plain machine for one customer."""

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.insight.machines.reference import Value, Walker, tier_after
from wealthloop.insight import DEFINITIONS, TIERS
from wealthloop.insight.machines import Definition, Step, parse_definition, walk
from wealthloop.insight.tiers import levels

PATIENT = parse_definition(
    b"""
tag: patient
version: 3
title: {zh: t, en: t}
thresholds: {low: -1, high: 2}
facts: {x: {feature: aum}, y: {feature: age}}
states: [{name: a, zh: a, en: a}, {name: b, zh: b, en: b}, {name: c, zh: c, en: c}]
start: a
transitions:
  - {to: c, from: [a, b], when: [{fact: x, below: high}, {fact: y, known: true}], patience: 2,
     best: [{fact: x, at_least: low}], why: {zh: w, en: w}}
  - {to: b, from: [a, c], each: month, when: [{fact: y, above: 0}], patience: 3, why: {zh: w, en: w}}
  - {to: a, when: [{fact: x, at_most: low}], patience: 4, why: {zh: w, en: w}}
  - {to: a, when: [{fact: x, known: false}], why: {zh: w, en: w}}
""",
    name="patient.yaml",
)
MACHINES = (*DEFINITIONS.values(), PATIENT)


def _numbers(definition: Definition, fact: str) -> list[float]:
    """Return values on, under and over every bound of a fact, and such as no bound stands at."""
    compared = [one for move in definition.transitions for one in (*move.when, *move.best) if one.fact == fact]
    bounds = {definition.number(one.bound) for one in compared if one.bound is not None} or {0.0}
    return [value for bound in sorted(bounds) for value in (bound - 0.5, bound, bound + 0.5)] + [np.nan, np.inf]


def _words(definition: Definition, fact: str) -> list[str]:
    compared = [one for move in definition.transitions for one in move.when if one.fact == fact]
    return sorted({word for one in compared for word in one.is_in})


@st.composite
def walks(draw: st.DrawFn) -> tuple[Definition, list[tuple[str, dict[str, list[Value]]]]]:
    """Draw a machine and steps of a few customers; facts that are not given at a step are not known then."""
    definition = draw(st.sampled_from(MACHINES))
    size = draw(st.integers(1, 4))
    steps = []
    for _ in range(draw(st.integers(0, 12))):
        facts: dict[str, list[Value]] = {}
        for fact in definition.facts:
            words = _words(definition, fact)
            one: st.SearchStrategy[Any] = st.sampled_from(
                [*words, "else", None] if words else _numbers(definition, fact)
            )
            if bool(words) or draw(st.booleans()) or definition is not PATIENT:
                facts[fact] = draw(st.lists(one, min_size=size, max_size=size))
        steps.append((draw(st.sampled_from(["month", "month", "day"])), facts))
    return definition, steps


@given(walks())
@settings(max_examples=300)
def test_the_arrays_come_to_what_one_customer_after_the_other_comes_to(
    drawn: tuple[Definition, list[tuple[str, dict[str, list[Value]]]]],
) -> None:
    definition, steps = drawn
    size = max((len(values) for _, facts in steps for values in facts.values()), default=1)
    found = walk(
        definition,
        [Step(clock=clock, facts={name: _array(values) for name, values in facts.items()}) for clock, facts in steps],  # type: ignore[arg-type]
        size=size,
    )
    for customer in range(size):
        walker = Walker(definition, definition.start)
        for number, (clock, facts) in enumerate(steps):
            walker.take(number, clock, {name: values[customer] for name, values in facts.items()})
            assert definition.states[found.states[number, customer]].name == walker.state
        assert (found.by[customer], found.entered[customer]) == (walker.by, walker.entered)
        assert found.waiting[customer] == walker.waiting()


@given(st.lists(st.lists(st.sampled_from([-1, 0, 1, 2, 3, 4, 5]), min_size=14, max_size=14), min_size=1, max_size=5))
def test_tiers_follow_the_words_of_the_contract(met: list[list[int]]) -> None:
    floors = [one.floor for one in TIERS]
    money = [-100, *(floors[place] for place in range(5)), 10 * floors[-1]]
    averages = np.array([[money[place + 1] for place in row] for row in met])
    patience = [one.patience for one in TIERS]
    assert levels(averages).tolist() == [tier_after(row, floors, patience) for row in averages.tolist()]


def _array(values: list[Value]) -> Any:  # noqa: ANN401 - numbers or texts
    if any(isinstance(one, str) or one is None for one in values):
        return pa.array(values, pa.string())
    return np.array(values, dtype=np.float64)
