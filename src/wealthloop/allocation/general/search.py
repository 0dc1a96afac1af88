"""Branch and bound among the few candidates that can be in a better plan."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, vstack

from wealthloop.allocation.general.layout import Floats, Instance, Integers

FEW: Final = 3_000
"""Candidates at most that branch and bound is asked about."""
_NODES: Final = 20_000
"""Nodes at most: a bound on the work that, unlike time, is the same on every machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What branch and bound has found."""

    picked: Integers
    """Candidates."""
    bound: float
    """No plan of the candidates asked about is worth more."""


def search(instance: Instance, core: Integers, seconds: float) -> Found | None:
    """Return the best plan of some candidates, ``None`` if none was found.

    Args:
        instance: with all its candidates.
        core: those that may be in the plan, shape (n_core,).
        seconds: how long it may take.
    """
    menus, rows = instance.menus, instance.rows
    value = menus.value[core]
    uses = csr_array(instance.uses[menus.pattern[core]].T)
    slot = np.searchsorted(menus.slot, core, side="right") - 1
    each = vstack([_groups(slot), _groups(instance.owner[slot])], format="csr")
    most = np.concatenate([np.ones(np.unique(slot).size), np.full(np.unique(instance.owner[slot]).size, instance.most)])
    found = milp(
        -value,
        integrality=np.ones(core.size, dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=[LinearConstraint(uses, rows.minimum, rows.capacity), LinearConstraint(each, -np.inf, most)],
        options={"node_limit": _NODES, "mip_rel_gap": 0.0, "time_limit": max(seconds, 0.1)},
    )
    if found.x is None:
        return None
    return Found(picked=core[found.x > 0.5], bound=-float(found.mip_dual_bound))


def _groups(of: Integers) -> csr_array:
    kinds, row = np.unique(of, return_inverse=True)
    ones: Floats = np.ones(of.size)
    return csr_array((ones, (row, np.arange(of.size))), shape=(kinds.size, of.size))
