"""Who gets what through which channel under capacity, with the proof of how good the plan is."""

from wealthloop.allocation.plan import Plan
from wealthloop.allocation.problem import Candidate, Problem, build, from_arrays
from wealthloop.allocation.solve import solve

__all__ = ["Candidate", "Plan", "Problem", "build", "from_arrays", "solve"]
