"""What an allocation answers: the choice, and the proof of how good it is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wealthloop.allocation.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A choice of candidates that breaks no capacity, and the proof of how good it is."""

    chosen: NDArray[np.bool_]
    """Shape (n_candidates,)."""
    objective: int
    """Value of the chosen candidates, fen."""
    upper_bound: int
    """No plan whatever is worth more than this, fen."""
    prices: dict[str, float]
    """Shadow price by resource: about what one more unit would bring, fen; 0 where capacity is plentiful."""

    @property
    def gap(self) -> float:
        """Share of the upper bound that the plan may at most have missed, 0 for a plan proved best."""
        return (self.upper_bound - self.objective) / self.upper_bound if self.upper_bound else 0.0


def empty_plan(problem: Problem) -> Plan:
    """Return the plan of a problem in which nothing is worth choosing."""
    prices = dict.fromkeys(problem.names, 0.0)
    return Plan(chosen=np.zeros(problem.candidates, dtype=np.bool_), objective=0, upper_bound=0, prices=prices)
