"""Any allocation: from a folder of candidates and capacities to a plan with its certificate, and its check."""

from wealthloop.allocation.general.allocate import Allocated, Infeasible, allocate
from wealthloop.allocation.general.certify import Certified, certify

__all__ = ["Allocated", "Certified", "Infeasible", "allocate", "certify"]
