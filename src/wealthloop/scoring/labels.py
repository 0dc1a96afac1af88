"""Labels: what customers did in the days after a snapshot, by Ibis from the bank's tables."""

from typing import Final

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.engines.types import Expr
from wealthloop.features import BALANCE_GROUPS
from wealthloop.scoring.snapshots import Snapshot
from wealthloop.scoring.types import Buys, Does, FallsTo, MovesOut, ReachesNextTier, RisesTo, Target

_OUTSIDE: Final = ("transfer_out", "cash")


def labels_of(
    bank: BankTables, engine: Engine, target: Target, *, snapshot: Snapshot, features: pa.Table
) -> NDArray[np.bool_]:
    """Return whether each customer did what the target says within the snapshot's window.

    Args:
        bank: the bank's tables; read as they were known on ``snapshot.known``, never later.
        engine: where the expressions are evaluated.
        target: what is looked for.
        snapshot: the past day and its window.
        features: the features of ``snapshot.day``, from which targets take where the customer stood.

    Returns:
        Shape (n_customers,), in the order of ``features``; the caller cuts it to the model's population.
    """
    if features.num_rows == 0:
        return np.zeros(0, dtype=np.bool_)
    match target:
        case Buys():
            hits = _buyers(bank, target, snapshot)
        case MovesOut():
            hits = _leavers(bank, engine, target, snapshot, features)
        case ReachesNextTier():
            hits = _risers(bank, engine, target, snapshot, features)
        case FallsTo() | RisesTo():
            hits = _moved_to(bank, engine, target, snapshot, features)
        case Does():
            hits = _doers(bank, target, snapshot)
    found = engine.to_arrow(hits.select("customer_id").distinct(), name=f"label {type(target).__name__}")
    inside = pc.is_in(features["customer_id"], value_set=found["customer_id"].combine_chunks())
    did = np.asarray(inside.to_numpy(), dtype=np.bool_)
    return ~did if isinstance(target, Does) and target.never else did


def _doers(bank: BankTables, target: Does, snapshot: Snapshot) -> Expr:
    rows = _window(bank, target.table, "at_day", snapshot)
    rows = rows.filter(rows["kind"].isin(target.kinds))
    return rows.filter(rows["amount"].abs() >= target.least) if target.least else rows


def _buyers(bank: BankTables, target: Buys, snapshot: Snapshot) -> Expr:
    rows = _window(bank, "transactions", "at_day", snapshot)
    rows = rows.filter(rows["kind"] == "buy").select("customer_id", "product_id")
    products = bank.scan("products", as_of=snapshot.known)
    wanted = products.filter(products["category"].isin(target.categories)).select("product_id")
    return rows.semi_join(wanted, "product_id")


def _leavers(bank: BankTables, engine: Engine, target: MovesOut, snapshot: Snapshot, features: pa.Table) -> Expr:
    rows = _window(bank, "transactions", "at_day", snapshot)
    rows = rows.filter(rows["kind"].isin(_OUTSIDE) & (rows["amount"] < 0))
    moved = rows.group_by("customer_id").aggregate(moved=-rows["amount"].sum().cast("float64"))
    joined = _stood(engine, features, "aum").inner_join(moved, "customer_id")
    return joined.filter((joined["moved"] >= joined["aum"] * target.share) & (joined["moved"] >= float(target.least)))


def _risers(bank: BankTables, engine: Engine, target: ReachesNextTier, snapshot: Snapshot, features: pa.Table) -> Expr:
    rows = _window(bank, "holdings", "as_of", snapshot)
    days = rows.select("as_of").distinct()
    days = days.aggregate(days=days.count().cast("float64"))
    total = rows.group_by("customer_id").aggregate(total=rows["balance"].sum().cast("float64"))
    average = total.cross_join(days)
    average = average.select("customer_id", average=average["total"] / average["days"])
    joined = _stood(engine, features, "aum_average").inner_join(average, "customer_id")
    floor = ibis.literal(None, type="float64")
    for level in reversed(target.floors):
        floor = (joined["aum_average"] < float(level)).ifelse(float(level), floor)
    return joined.filter(joined["average"] >= floor)


def _moved_to(
    bank: BankTables, engine: Engine, target: FallsTo | RisesTo, snapshot: Snapshot, features: pa.Table
) -> Expr:
    groups = target.of if isinstance(target, FallsTo) else ()
    rows = _window(bank, "holdings", "as_of", snapshot)
    newest = rows.aggregate(newest=rows["as_of"].max())
    last = rows.inner_join(newest, rows["as_of"] == newest["newest"])
    if groups:
        products = bank.scan("products", as_of=snapshot.known)
        wanted = products.filter(products["category"].isin(_categories(groups))).select("product_id")
        last = last.semi_join(wanted, "product_id")
    left = last.group_by("customer_id").aggregate(left=last["balance"].sum().cast("float64"))
    joined = _stood(engine, _with_balance(features, groups), "stood").left_join(left, "customer_id")
    now, then = ibis.coalesce(joined["left"], 0.0), joined["stood"] * target.share
    return joined.filter(now >= then if isinstance(target, RisesTo) else now <= then)


def _categories(groups: tuple[str, ...]) -> list[str]:
    return [category for group in groups for category in BALANCE_GROUPS[group]]


def _with_balance(features: pa.Table, groups: tuple[str, ...]) -> pa.Table:
    """Return customers with what they held of these groups at the snapshot, in a column ``stood``."""
    names = [f"balance_{group}" for group in groups] or ["aum"]
    total = features[names[0]]
    for name in names[1:]:
        total = pc.add(total, features[name])
    return pa.table({"customer_id": features["customer_id"], "stood": total})


def _window(bank: BankTables, table: str, day: str, snapshot: Snapshot) -> Expr:
    rows = bank.scan(table, as_of=snapshot.known)
    return rows.filter((rows[day] > ibis.literal(snapshot.day)) & (rows[day] <= ibis.literal(snapshot.last)))


def _stood(engine: Engine, features: pa.Table, column: str) -> Expr:
    """Where the customers stood at the snapshot; without those of whom it is not known."""
    known = features.select(["customer_id", column])
    return engine.from_arrow(known.filter(pc.is_finite(known[column])))
