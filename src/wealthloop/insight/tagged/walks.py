"""Walking customers through the definitions with the facts of a day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from wealthloop.bank.converted import compute as pc
from wealthloop.insight.columns import Column, Integers
from wealthloop.insight.facts import Asked, day_facts, month_facts
from wealthloop.insight.machines import Definition, Fact, Step, walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where customers stand in one tag; arrays of shape (n_customers,)."""

    definition: Definition
    places: Integers
    """In the definition's states."""
    by: Integers
    """The transition that put or kept them there; -1: none."""
    since: Column
    """First days on which the state held, where the walk itself tells them; else null."""
    waiting: Integers
    """Steps in a row so far towards leaving the state."""
    facts: Mapping[str, Fact]
    """The facts of the last step at which each was given."""

    @property
    def names(self) -> Column:
        """The names of the states."""
        states = pa.array([state.name for state in self.definition.states], pa.string())
        found: Column = pc.take(states, pa.array(self.places))
        return found


def standings(asked: Asked, definitions: Iterable[Definition]) -> dict[str, Standing]:
    """Return where customers stand, by tag."""
    wanted = tuple(definitions)
    today = day_facts(asked, wanted)
    return {one.tag: _standing(asked, one, today[one.tag]) for one in wanted}


def _standing(asked: Asked, definition: Definition, today: Mapping[str, Fact]) -> Standing:
    months = [facts for facts in month_facts(asked, definition) if facts]
    steps = [Step(clock="month", facts=facts) for facts in months]
    if any(one.each == "day" for one in definition.transitions):
        steps.append(Step(clock="day", facts=today))
    walked = walk(definition, steps, size=asked.size)
    start = np.full(asked.size, definition.places[definition.start], dtype=np.int64)
    return Standing(
        definition=definition,
        places=walked.states[-1] if steps else start,
        by=walked.by,
        since=_since(asked, definition, walked.entered),
        waiting=walked.waiting,
        facts={**(months[-1] if months else {}), **today},
    )


def _since(asked: Asked, definition: Definition, entered: Integers) -> Column:
    """Return the first day of the month after the one that moved a customer, in a machine of months alone.

    The first month at hand only sets where everybody stands, and a month that is not complete moves nobody for good.
    """
    months = asked.months
    if months is None or any(one.each == "day" for one in definition.transitions):
        return pa.nulls(asked.size, pa.date32())
    firsts = np.array(months.months, dtype="datetime64[M]") + 1
    told = (entered > 0) & (entered < months.completed)
    days = firsts[np.where(told, entered, 0)].astype("datetime64[D]")
    found: Column = pa.array(days, pa.date32(), mask=~told)
    return found
