"""Who gets what through which channel under capacity, with the proof of how good the plan is."""

from wealthloop.allocation.problem import Candidate, Problem, build
from wealthloop.allocation.solve import Plan, solve

__all__ = ["Candidate", "Plan", "Problem", "build", "solve"]
