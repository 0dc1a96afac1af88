"""Who was planned: decisions of the ledger by strategy version, and each customer once from the first planned day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wealthloop.access.keys import customers_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Customers of a strategy version in the order (first planned day, customer), each once.

    ``customer_id``, ``arm`` and ``first_day`` have the shape (n_units,).
    """

    customer_id: tuple[str, ...]
    arm: tuple[str, ...]
    first_day: NDArray[np.datetime64]
    cluster: tuple[str, ...] = ()
    """Whose arm each has, where clusters draw the arms; else empty."""

    @property
    def size(self) -> int:
        """How many customers there are."""
        return len(self.customer_id)

    def in_arms(self, *names: str) -> NDArray[np.bool_]:
        """Return which units are in one of these arms."""
        return np.isin(np.array(self.arm, dtype=object), names)

    def only(self, kept: NDArray[np.bool_]) -> "Units":
        """Return the units that are marked, in the same order."""
        return Units(
            customer_id=tuple(np.array(self.customer_id, dtype=object)[kept]),
            arm=tuple(np.array(self.arm, dtype=object)[kept]),
            first_day=self.first_day[kept],
            cluster=tuple(np.array(self.cluster, dtype=object)[kept]) if self.cluster else (),
        )


def versions_of(decisions: pa.Table) -> tuple[tuple[str, int], ...]:
    """Return the (strategy_id, version) pairs with a planned row, sorted."""
    pairs = decisions.select(["strategy_id", "strategy_version"]).group_by(["strategy_id", "strategy_version"])
    found = pairs.aggregate([]).to_pylist()
    return tuple(sorted((row["strategy_id"], row["strategy_version"]) for row in found))


def rows_of(decisions: pa.Table, strategy_id: str, version: int) -> pa.Table:
    """Return the decisions of one strategy version."""
    of_strategy = pc.equal(decisions["strategy_id"], pa.scalar(strategy_id))
    of_version = pc.equal(decisions["strategy_version"], pa.scalar(version, pa.int32()))
    return decisions.filter(of_strategy.to_numpy() & of_version.to_numpy())


def up_to(decisions: pa.Table, as_of: date) -> pa.Table:
    """Return the decisions of nights up to and with a day."""
    return decisions.filter(pc.less_equal(decisions["as_of"], pa.scalar(as_of, pa.date32())))


def entered(rows: pa.Table) -> pa.Table:
    """Return the decisions by which customers are units of a version: not those that a standing experiment withheld."""
    return rows.filter(pc.is_null(rows["held_by"]))


def first_planned(rows: pa.Table) -> pa.Table:
    """Return one row a person key: ``first_day``, ``arm``, ``unit``, and ``other_arm`` where rows disagree (I9).

    What a standing experiment withheld makes nobody a unit.
    """
    found = (
        entered(rows)
        .group_by("person_key")
        .aggregate([("as_of", "min"), ("arm", "min"), ("arm", "max"), ("unit", "min")])
    )
    return pa.table(
        {
            "person_key": found["person_key"],
            "first_day": found["as_of_min"],
            "arm": found["arm_min"],
            "unit": found["unit_min"],
            "other_arm": pc.if_else(
                pc.equal(found["arm_min"], found["arm_max"]), pa.scalar(None, pa.string()), found["arm_max"]
            ),
        }
    )


def first_drawn(rows: pa.Table) -> pa.Table:
    """Return what ``first_planned`` does by what draws the arms: one row a customer, or a cluster."""
    found = entered(rows)
    drawn = pc.coalesce(found["unit"], found["person_key"])
    return first_planned(found.set_column(found.column_names.index("person_key"), "person_key", drawn))


def units_of(rows: pa.Table, customers: Mapping[str, str] | None = None) -> Units:
    """Return the customers behind planned rows; a person whose key was destroyed is left out.

    Args:
        rows: of one strategy version.
        customers: by person key; None: looked up.
    """
    first = first_planned(rows)
    if customers is None:
        customers = customers_of(str(key) for key in first["person_key"].to_pylist())
    known = [
        (row["first_day"], customers[row["person_key"]], row["arm"], row["unit"] or "")
        for row in first.to_pylist()
        if row["person_key"] in customers
    ]
    known.sort()
    return Units(
        customer_id=tuple(customer for _, customer, _, _ in known),
        arm=tuple(arm for _, _, arm, _ in known),
        first_day=np.array([day for day, _, _, _ in known], dtype="datetime64[D]"),
        cluster=tuple(cluster for *_, cluster in known) if any(cluster for *_, cluster in known) else (),
    )


def matured_units(units: Units, window_days: int, as_of: date) -> Units:
    """Return the units whose outcome window has closed at the end of a day."""
    last = np.datetime64(as_of - timedelta(days=window_days), "D")
    return units.only(units.first_day <= last)


def first_night(rows: pa.Table) -> date:
    """Return the day of the first planned row."""
    return min(day for day in rows["as_of"].to_pylist() if isinstance(day, date))


def units_by_day(rows: pa.Table, arms: Sequence[str]) -> NDArray[np.int64]:
    """Return how many units each arm has after each day, shape (n_days, n_arms), one row of 0 without any.

    Where clusters draw the arms they are what is counted.
    """
    first = first_drawn(rows)
    days, day_index = np.unique(first["first_day"].to_numpy(), return_inverse=True)
    daily = np.zeros((max(days.size, 1), len(arms)), dtype=np.int64)
    for column, arm in enumerate(arms):
        chosen = pc.equal(first["arm"], pa.scalar(arm)).to_numpy()
        daily[:, column] = np.bincount(day_index[chosen], minlength=len(daily))
    return np.asarray(daily.cumsum(axis=0))
