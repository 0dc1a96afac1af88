"""Who takes part in a standing experiment, as known on the evening before it began."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wealthloop.bank import BankTables
from wealthloop.insight import tier_history
from wealthloop.reports.clusters import clusters_on
from wealthloop.strategies.designs import StandingDesign


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """Customers of both arms; arrays of shape (n_members,)."""

    customer_id: "pa.Array[pa.StringScalar]"
    arm: NDArray[np.int64]
    """Place in the design's arms."""
    cluster: NDArray[np.int64] | None
    """A number for whose arm it is; None where customers draw."""

    def clusters_of(self, place: int) -> NDArray[np.int64]:
        """Return the clusters of an arm, none where customers draw."""
        return np.unique(self.cluster[self.arm == place]) if self.cluster is not None else np.zeros(0, dtype=np.int64)

    def in_arm(self, place: int) -> list[str]:
        """Return the customers of an arm."""
        return [str(one) for one in self.customer_id.filter(pa.array(self.arm == place)).to_pylist()]


def members_of(bank: BankTables, design: StandingDesign, *, salt: str) -> Members:
    """Return everybody whom the design's hash puts into an arm, but for exempt tiers of the evening before."""
    eve = design.begins - timedelta(days=1)
    known = bank.read("customers", ("customer_id",), as_of=eve)
    ids = sorted({str(one) for one in known["customer_id"].to_pylist()})
    unit = _unit_of(bank, design, ids, eve)
    exempt = ever_in(bank, ids, design.exempt_tiers, as_of=eve, newest=True)
    arms = {arm.name: place for place, arm in enumerate(design.arms)}
    drawn: list[tuple[str, int, str]] = []
    for customer in ids:
        who = unit.get(customer)
        arm = None if who is None or customer in exempt else design.arm_of(salt, who)
        if who is not None and arm is not None:
            drawn.append((customer, arms[arm.name], who))
    clusters = np.unique([who for *_, who in drawn], return_inverse=True)[1] if design.unit != "customer" else None
    return Members(
        customer_id=pa.array([customer for customer, *_ in drawn], pa.string()),
        arm=np.array([place for _, place, _ in drawn], dtype=np.int64),
        cluster=None if clusters is None else clusters.astype(np.int64),
    )


def ever_in(bank: BankTables, ids: list[str], tiers: tuple[str, ...], *, as_of: date, newest: bool = False) -> set[str]:
    """Return the customers whose tier after some completed month, or the newest one, is one of these."""
    if not tiers:
        return set()
    history = tier_history(bank, pa.array(ids, pa.string()), as_of=as_of)
    pairs = zip(history["customer_id"].to_pylist(), history["tier"].to_pylist(), strict=True)
    if newest:
        return {str(customer) for customer, tier in dict(pairs).items() if tier in tiers}
    return {str(customer) for customer, tier in pairs if tier in tiers}


def _unit_of(bank: BankTables, design: StandingDesign, ids: list[str], eve: date) -> dict[str, str]:
    if design.unit == "customer":
        return {customer: customer for customer in ids}
    table = clusters_on(bank, design.unit, as_of=eve)
    return {str(row["customer_id"]): str(row["cluster"]) for row in table.to_pylist()}
