"""Whether the cases of each rule would notice that the rule is wrong: mutants of its data and code, and the hunt."""

from wealthloop.policies.mutation.cases import Case, load_cases, parse_cases
from wealthloop.policies.mutation.hunt import Hunted, hunt

__all__ = ["Case", "Hunted", "hunt", "load_cases", "parse_cases"]
