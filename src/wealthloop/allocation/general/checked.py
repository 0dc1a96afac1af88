"""What a plan uses, and which limits it breaks, from the plan alone."""

import numpy as np

from wealthloop.allocation.general.folder import Named
from wealthloop.allocation.general.layout import Floats, Integers


def used_by(named: Named, picked: Integers) -> Floats:
    """Return what a plan uses of each row, shape (n_rows,)."""
    instance = named.instance
    mass = np.bincount(instance.menus.pattern[picked], minlength=instance.patterns.start.size - 1).astype(np.float64)
    out: Floats = mass @ instance.uses
    return out


def violations(named: Named, picked: Integers, used: Floats) -> int:
    """Count broken limits, from the plan alone: rows over or under, slots and customers with too much."""
    instance = named.instance
    rows, menus = instance.rows, instance.menus
    slot = np.searchsorted(menus.slot, picked, side="right") - 1
    slots, each = np.unique(slot, return_counts=True)
    _, taken = np.unique(instance.owner[slots], return_counts=True)
    over = used > rows.capacity * (1 + 1e-9) + 1e-9
    under = used < rows.minimum * (1 - 1e-9) - 1e-9
    return int(over.sum() + under.sum() + (each > 1).sum() + (taken > instance.most).sum())
