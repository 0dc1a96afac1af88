"""Any allocation: from a folder of candidates and capacities to a plan with its certificate."""

from wealthloop.allocation.general.allocate import Allocated, Infeasible, allocate

__all__ = ["Allocated", "Infeasible", "allocate"]
