"""What the platform's year stands on between two days."""

from dataclasses import dataclass, field
from datetime import date
from typing import Self

import numpy as np

from wealthloop.sandbox import Floats, World
from wealthloop.trials.looks import Confirmed, Look
from wealthloop.trials.measure import Tally
from wealthloop.trials.truth import Twins


@dataclass(slots=True, kw_only=True)
class SoFar:
    """The world and what was measured in it, on the evening of a day; the home of that evening belongs to it."""

    as_of: date
    world: World
    tally: Tally
    twins: Twins
    planned: Floats
    """True value in yuan of each customer's planned contacts, shape (n_customers,)."""
    withheld: Floats
    """The same of those that were withheld."""
    looks: list[Look] = field(default_factory=list)
    confirmed: list[Confirmed] = field(default_factory=list)
    ended: int = 0
    """Versions that have ended without having been confirmed."""

    @classmethod
    def at_first(cls, world: World, tally: Tally, twins: Twins, *, as_of: date) -> Self:
        """Return what a year begins with."""
        none = np.zeros(world.size)
        return cls(as_of=as_of, world=world, tally=tally, twins=twins, planned=none, withheld=none.copy())
