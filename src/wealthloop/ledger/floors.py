"""How a night's plan stood to the floors of branches and strategies, beside the decisions."""

from typing import Any, Final, Literal

import pyarrow as pa

from wealthloop.kit import Home
from wealthloop.ledger.beside import beside, read_beside, write_beside

NAME: Final = "floors"
_BRANCH: Final = "branch_id"
"""The key before strategies had floors."""

FloorReason = Literal["no_options", "capacity"]
"""Why a floor is missed: nothing allowed that is worth its cost was left, or no room could be made for it."""

_FIELDS: "list[pa.Field[Any]]" = [
    pa.field("group", pa.string(), nullable=False),
    pa.field("least", pa.int64(), nullable=False),
    pa.field("before", pa.int64(), nullable=False),
    pa.field("planned", pa.int64(), nullable=False),
    pa.field("why", pa.string()),
]

FLOORS: Final = pa.schema(_FIELDS)
"""Contacts of the blind plan, control included, of a ``group``: ``branch:<id>`` for the customers of a branch,
``strategy:<id>`` for what a strategy contacts. ``least`` asked for, ``before`` in the plan that knew no floors,
``planned`` in the plan with them. ``why`` is a ``FloorReason``, empty where the floor is held."""


def write_floors(home: Home, run_id: str, table: pa.Table) -> None:
    """Write how the groups of a run stood, durably; a run of a home without floors keeps no file.

    Raises:
        InvalidInput: a group stands twice.
    """
    if table.num_rows:
        write_beside(home, run_id, NAME, table, FLOORS)
    else:
        beside(home, run_id, NAME).unlink(missing_ok=True)


def read_floors(home: Home, run_id: str) -> pa.Table:
    """Return how the groups of a run stood, ordered by group; no rows where the home had no floors.

    Runs from before strategies had floors name branches alone, by their ids.
    """
    found = read_beside(home, run_id, NAME)
    if found is None:
        return FLOORS.empty_table()
    if _BRANCH not in found.column_names:
        return found
    named = pa.array([f"branch:{name}" for name in found[_BRANCH].to_pylist()], pa.string())
    return found.drop_columns([_BRANCH]).add_column(0, FLOORS.field("group"), named).cast(FLOORS)
