"""How a night's plan stood to the floors of branches, beside the decisions."""

from typing import Any, Final, Literal

import pyarrow as pa

from wealthloop.kit import Home
from wealthloop.ledger.beside import beside, read_beside, write_beside

NAME: Final = "floors"

FloorReason = Literal["no_options", "capacity"]
"""Why a floor is missed: nothing allowed that is worth its cost was left, or no room could be made for it."""

_FIELDS: "list[pa.Field[Any]]" = [
    pa.field("branch_id", pa.string(), nullable=False),
    pa.field("least", pa.int64(), nullable=False),
    pa.field("before", pa.int64(), nullable=False),
    pa.field("planned", pa.int64(), nullable=False),
    pa.field("why", pa.string()),
]

FLOORS: Final = pa.schema(_FIELDS)
"""Contacts of the blind plan, control included: ``least`` asked for, ``before`` in the plan that knew no floors,
``planned`` in the plan with them. ``why`` is a ``FloorReason``, empty where the floor is held."""


def write_floors(home: Home, run_id: str, table: pa.Table) -> None:
    """Write how the branches of a run stood, durably; a run of a home without floors keeps no file.

    Raises:
        InvalidInput: a branch stands twice.
    """
    if table.num_rows:
        write_beside(home, run_id, NAME, table, FLOORS)
    else:
        beside(home, run_id, NAME).unlink(missing_ok=True)


def read_floors(home: Home, run_id: str) -> pa.Table:
    """Return how the branches of a run stood, ordered by branch; no rows where the home had no floors."""
    found = read_beside(home, run_id, NAME)
    return FLOORS.empty_table() if found is None else found
