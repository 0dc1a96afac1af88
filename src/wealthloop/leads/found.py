"""What an evaluation finds, before it becomes events; how occurrences are spaced."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa

from wealthloop.bank.converted import Cells
from wealthloop.leads.known import Ints, Mask, Sheet

NONE: Final = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Occurrences of a rule, each array of shape (n_found,)."""

    who: Ints = field(default_factory=lambda: NONE)
    """Place of the customer in ``Known.ids``."""
    on: Ints = field(default_factory=lambda: NONE)
    """The day of the event, days since 1970."""
    values: Mapping[str, Cells] = field(default_factory=dict)
    """The condition's own sources."""
    sheet: Sheet | None = None
    """The rows that the events are of, where each is of one."""


def spaced(who: Ints, on: Ints, days: int) -> Mask:
    """Return which occurrences have none of the same customer in so many days before them, shape (n,).

    It looks at the occurrences alone, so that neither the order in which rows arrive nor what fired before matters;
    what does not fire keeps the rule quiet, too.

    Args:
        who: ascending.
        on: ascending within a customer.
        days: 0: every occurrence counts.
    """
    first = np.ones(len(who), dtype=np.bool_)
    if days:
        first[1:] = (who[1:] != who[:-1]) | (on[1:] - on[:-1] >= days)
    return first


def dates(days: Ints) -> Cells:
    """Return days since 1970 as dates."""
    return pa.array(days.astype("datetime64[D]"), pa.date32())
