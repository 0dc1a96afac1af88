"""What ties a customer to the bank: the RM of the book, the branch, plans, addresses, the risk assessment's age."""

from datetime import date, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from wealthloop.bank import BankTables
from wealthloop.bank.converted import compute as pc
from wealthloop.bank.rows import codes, newest, places, whole
from wealthloop.features.balances import Ids, Integers, summed
from wealthloop.features.kernel import Floats
from wealthloop.features.narrow import day_number
from wealthloop.features.types import Feature, Unit

_BOOK: Final = ("book_assignments.rm_id", "book_assignments.from", "book_assignments.to")
_PLANS: Final = ("plans.started", "plans.stopped")
_CHANGES_DAYS: Final = 365
_STOPPED_DAYS: Final = 90

RELATION_FEATURES: Final = (
    Feature(name="rm_days", unit=Unit.DAYS, zh="现任客户经理管户天数", en="days with the present RM", lineage=_BOOK),
    Feature(
        name="rm_changes_365d", unit=Unit.COUNT, zh="近 365 天客户经理更换次数",
        en="changes of the RM, last 365 days", lineage=_BOOK,
    ),
    Feature(
        name="has_assessment", unit=Unit.FLAG, zh="做过风险评估", en="has ever had a risk assessment",
        lineage=("suitability.assessed_at",),
    ),
    Feature(
        name="suitability_age_days", unit=Unit.DAYS, zh="距最近一次风险评估的天数",
        en="days since the last risk assessment", lineage=("suitability.assessed_at",),
    ),
    Feature(
        name="suitability_days_left", unit=Unit.DAYS, zh="风险评估剩余有效天数",
        en="days until the risk assessment expires", lineage=("suitability.assessed_at", "suitability.valid_until"),
    ),
    Feature(
        name="channels_bound", unit=Unit.COUNT, zh="绑定渠道数", en="channels with an address",
        lineage=("channel_identities.channel", "channel_identities.bound_at", "channel_identities.unbound_at"),
    ),
    Feature(name="plans_active", unit=Unit.COUNT, zh="进行中的定投与期缴计划数", en="plans that run", lineage=_PLANS),
    Feature(
        name="plans_amount", unit=Unit.FEN, zh="进行中计划的每期金额", en="amount of plans that run, each cycle",
        lineage=("plans.amount", *_PLANS),
    ),
    Feature(
        name="plans_stopped_90d", unit=Unit.COUNT, zh="近 90 天停止的计划数", en="plans stopped, last 90 days",
        lineage=_PLANS,
    ),
)  # fmt: skip

_BRANCH: Final = ("customers.branch_id", "holdings.balance")
CONTEXT_FEATURES: Final = (
    Feature(name="rm_book_size", unit=Unit.COUNT, zh="客户经理管户数", en="customers in the RM's book", lineage=_BOOK),
    Feature(
        name="rm_book_aum_average", unit=Unit.FEN, zh="客户经理户均管理资产", en="AUM a customer of the RM's book",
        lineage=(*_BOOK, "holdings.balance"),
    ),
    Feature(
        name="rank_in_book", unit=Unit.SHARE, zh="管理资产在管户中的排位",
        en="place by AUM in the RM's book: share of it that holds less", lineage=(*_BOOK, "holdings.balance"),
    ),
    Feature(name="branch_size", unit=Unit.COUNT, zh="网点客户数", en="customers of the branch", lineage=_BRANCH[:1]),
    Feature(
        name="branch_aum_average", unit=Unit.FEN, zh="网点户均管理资产", en="AUM a customer of the branch",
        lineage=_BRANCH,
    ),
    Feature(
        name="rank_in_branch", unit=Unit.SHARE, zh="管理资产在网点中的排位",
        en="place by AUM in the branch: share of it that holds less", lineage=_BRANCH,
    ),
)  # fmt: skip
"""Features that depend on other customers."""


def relation_values(bank: BankTables, ids: Ids, *, as_of: date) -> dict[str, Floats]:
    """Return ``RELATION_FEATURES``, each of shape (n_customers,); NaN where the bank has no such table yet."""
    return {
        **_books(bank, ids, as_of),
        **_assessments(bank, ids, as_of),
        "channels_bound": _addresses(bank, ids, as_of),
        **_plans(bank, ids, as_of),
    }


def context_values(bank: BankTables, ids: Ids, aum: Floats, *, as_of: date) -> dict[str, Floats]:
    """Return ``CONTEXT_FEATURES`` of all the bank's customers, each of shape (n_customers,).

    NaN for customers without an RM or a branch; averages and ranks without holdings.
    """
    books = _current_books(bank, as_of)
    branches = bank.read("customers", ("customer_id", "branch_id"), as_of=as_of)
    return {
        **_among(books, "rm_id", ids, aum, ("rm_book_size", "rm_book_aum_average", "rank_in_book")),
        **_among(branches, "branch_id", ids, aum, ("branch_size", "branch_aum_average", "rank_in_branch")),
    }


def _current_books(bank: BankTables, as_of: date) -> pa.Table:
    """Return of the assignments in force the one that began last of each customer."""
    rows = bank.read("book_assignments", ("customer_id", "rm_id", "from", "to"), as_of=as_of)
    day = pa.scalar(as_of, pa.date32())
    goes_on = pc.or_kleene(pc.is_null(rows["to"]), pc.greater(rows["to"], day))
    held = rows.filter(pc.and_kleene(pc.less_equal(rows["from"], day), goes_on))
    return newest(held, ["customer_id"], ["from", "rm_id"])


def _books(bank: BankTables, ids: Ids, as_of: date) -> dict[str, Floats]:
    known = bank.read("book_assignments", ("customer_id", "from"), as_of=as_of)
    if not known.num_rows:
        return {name: np.full(len(ids), np.nan) for name in ("rm_days", "rm_changes_365d")}
    held, today = _current_books(bank, as_of), day_number(as_of)
    days = _of(ids, held, today - whole(held["from"]).astype(np.float64))
    began = whole(known["from"])
    recent = (began > today - _CHANGES_DAYS) & (began <= today)
    earlier = _first(known, ids)
    changes = _counted(ids, known.filter(pa.array(recent))) - (earlier > today - _CHANGES_DAYS)
    return {"rm_days": days, "rm_changes_365d": np.maximum(changes, 0.0)}


def _first(known: pa.Table, ids: Ids) -> Integers:
    """Return the day on which a customer was first given to an RM; far ahead where never, hence no change."""
    found = np.full(len(ids), np.iinfo(np.int64).max)
    who = places(known["customer_id"], ids)
    np.minimum.at(found, who[who >= 0], whole(known["from"])[who >= 0])
    return found


def _assessments(bank: BankTables, ids: Ids, as_of: date) -> dict[str, Floats]:
    columns = ("customer_id", "assessed_at", "valid_until", "known_at")
    rows = bank.read("suitability", columns, as_of=as_of, days=(None, as_of))
    held, today = newest(rows, ["customer_id"], ["assessed_at", "known_at"]), day_number(as_of)
    left = whole(held["valid_until"]).astype(np.float64) - today
    left[np.asarray(pc.is_null(held["valid_until"]).to_numpy(zero_copy_only=False), dtype=bool)] = np.nan
    ever = _counted(ids, held) if rows.num_rows else np.full(len(ids), np.nan)
    return {
        "has_assessment": ever,
        "suitability_age_days": _of(ids, held, today - whole(held["assessed_at"]).astype(np.float64)),
        "suitability_days_left": _of(ids, held, left),
    }


def _addresses(bank: BankTables, ids: Ids, as_of: date) -> Floats:
    rows = bank.read("channel_identities", ("customer_id", "channel", "unbound_at"), as_of=as_of)
    if not rows.num_rows:
        return np.full(len(ids), np.nan)
    bound = rows.filter(pc.is_null(rows["unbound_at"])).select(["customer_id", "channel"])
    return _counted(ids, bound.group_by(["customer_id", "channel"]).aggregate([]))


def _plans(bank: BankTables, ids: Ids, as_of: date) -> dict[str, Floats]:
    rows = bank.read("plans", ("customer_id", "amount", "started", "stopped"), as_of=as_of, days=(None, as_of))
    if not rows.num_rows:
        return {name: np.full(len(ids), np.nan) for name in ("plans_active", "plans_amount", "plans_stopped_90d")}
    day, since = pa.scalar(as_of, pa.date32()), pa.scalar(as_of - timedelta(days=_STOPPED_DAYS), pa.date32())
    running = rows.filter(pc.or_kleene(pc.is_null(rows["stopped"]), pc.greater(rows["stopped"], day)))
    stopped = rows.filter(pc.and_kleene(pc.greater(rows["stopped"], since), pc.less_equal(rows["stopped"], day)))
    who = places(running["customer_id"], ids)
    amounts = summed(who[who >= 0], whole(running["amount"])[who >= 0], len(ids))
    return {
        "plans_active": _counted(ids, running),
        "plans_amount": amounts.astype(np.float64),
        "plans_stopped_90d": _counted(ids, stopped),
    }


def _among(members: pa.Table, column: str, ids: Ids, aum: Floats, names: tuple[str, str, str]) -> dict[str, Floats]:
    """Return of each customer's circle (those with one value of a column) the size, the average AUM, the own rank."""
    size, average, rank = names
    found = {name: np.full(len(ids), np.nan) for name in names}
    who = places(members["customer_id"], ids)
    ours = (who >= 0) & np.asarray(pc.is_valid(members[column]).to_numpy(), dtype=bool)
    who = who[ours]
    if not who.size:
        return found
    circle, many = codes([members[column].filter(pa.array(ours))])
    sizes = np.bincount(circle, minlength=many)
    found[size][who] = sizes[circle]
    held = aum[who]
    if np.isnan(held).any():
        return found
    found[average][who] = (summed(circle, held.astype(np.int64), many) / sizes)[circle]
    order = np.lexsort((held, circle))
    starts = np.concatenate([[0], np.cumsum(sizes)])[:-1]
    below = np.empty(who.size)
    in_order = held[order]
    fresh = np.concatenate([[True], (in_order[1:] != in_order[:-1]) | (circle[order][1:] != circle[order][:-1])])
    first = np.maximum.accumulate(np.where(fresh, np.arange(who.size), 0))
    below[order] = first - starts[circle[order]]
    found[rank][who] = below / sizes[circle]
    return found


def _of(ids: Ids, table: pa.Table, values: Floats) -> Floats:
    """Return values of a table with one row a customer in the order of ``ids``, NaN where it has none."""
    at = places(ids, table["customer_id"].combine_chunks())
    return np.append(values, np.nan)[at]


def _counted(ids: Ids, rows: pa.Table) -> Floats:
    who = places(rows["customer_id"], ids)
    return np.bincount(who[who >= 0], minlength=len(ids)).astype(np.float64)
