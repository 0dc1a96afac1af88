"""Features of what a customer holds: balances by group, AUM and its average, concentration, what matures."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wealthloop.bank import BankTables
from wealthloop.bank.converted import Cells
from wealthloop.bank.converted import compute as pc
from wealthloop.bank.rows import codes, places, whole
from wealthloop.features.balances import Ids, Integers, balances, summed
from wealthloop.features.types import Feature, Unit

Floats: TypeAlias = NDArray[np.float64]

BALANCE_GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "demand": ("demand",),
    "deposit": ("time_deposit", "large_cd", "savings_bond", "structured_deposit"),
    "cash": ("cash_management", "money_fund"),
    "wealth": ("fixed_income_wm", "fixed_income_plus_wm", "mixed_wm"),
    "fund": ("bond_fund", "mixed_fund", "equity_fund", "qdii_fund"),
    "insurance": ("insurance_single", "insurance_regular", "personal_pension"),
    "other": ("trust", "gold"),
}
"""Product categories that make one balance feature each."""

_GROUP_WORDS: Final = {
    "demand": ("活期余额", "demand balance"),
    "deposit": ("定期类存款余额", "balance of term deposits"),
    "cash": ("现金管理与货币基金余额", "balance of cash management and money funds"),
    "wealth": ("银行理财余额", "balance of wealth products"),
    "fund": ("非货币基金余额", "balance of funds other than money funds"),
    "insurance": ("保险与养老金余额", "balance of insurance and pension"),
    "other": ("信托与贵金属余额", "balance of trusts and gold"),
}
_EPOCH: Final = date(1970, 1, 1).toordinal()
_HELD: Final = ("holdings.as_of", "holdings.balance")
_CATEGORY: Final = (*_HELD, "holdings.product_id", "products.category")


def _held(name: str, unit: Unit, zh: str, en: str, *, more: tuple[str, ...] = ()) -> Feature:
    return Feature(name=name, unit=unit, zh=zh, en=en, lineage=(*_HELD, *more))


HOLDINGS_FEATURES: Final = (
    *(
        Feature(name=f"balance_{name}", unit=Unit.FEN, zh=zh, en=en, lineage=_CATEGORY)
        for name, (zh, en) in _GROUP_WORDS.items()
    ),
    _held("aum", Unit.FEN, "管理资产(时点)", "AUM on the newest day"),
    _held("aum_average", Unit.FEN, "管理资产(月日均)", "AUM, daily average of the month so far"),
    _held("aum_change_30d", Unit.FEN, "管理资产较 30 天前变动", "change of AUM against 30 days before"),
    _held("concentration", Unit.SHARE, "最大产品占比", "share of the largest product", more=("holdings.product_id",)),
    _held("products", Unit.COUNT, "持有产品数", "number of products held", more=("holdings.product_id",)),
    _held("maturing_14d", Unit.FEN, "14 天内到期金额", "maturing within 14 days", more=("holdings.maturity_date",)),
    _held("maturing_30d", Unit.FEN, "30 天内到期金额", "maturing within 30 days", more=("holdings.maturity_date",)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotDays:
    """The days of holdings that are known at the end of a day."""

    newest: date
    month: tuple[date, ...]
    """Days at hand in the month of the newest day."""
    before: date | None
    """The newest day at least 30 days before the newest, None where history is shorter."""


def snapshot_days(bank: BankTables, *, as_of: date) -> SnapshotDays | None:
    """Return the days of holdings known at the end of ``as_of``, None without any."""
    days = balances(bank, as_of=as_of).days
    if not days:
        return None
    newest = days[-1]
    earlier = [day for day in days if day <= newest - timedelta(days=30)]
    month = tuple(day for day in days if (day.year, day.month) == (newest.year, newest.month))
    return SnapshotDays(newest=newest, month=month, before=earlier[-1] if earlier else None)


def holdings_values(bank: BankTables, ids: Ids, *, as_of: date) -> dict[str, Floats]:
    """Return the holdings features of customers, each of shape (n_customers,).

    Who holds nothing has 0 and no concentration (NaN). NaN throughout: without any known holdings; the balances by
    group without products; the change without a day 30 days before.
    """
    days = snapshot_days(bank, as_of=as_of)
    if days is None:
        return {feature.name: np.full(len(ids), np.nan) for feature in HOLDINGS_FEATURES}
    held = _held_on(bank, ids, days.newest, as_of)
    aum = summed(held.who, held.balance, len(ids))
    month = balances(bank, as_of=as_of).month_sums(days.newest.replace(day=1), ids)
    return {
        **_by_group(bank, held, len(ids), as_of),
        "aum": aum.astype(np.float64),
        "aum_average": month.astype(np.float64) / len(days.month),
        "aum_change_30d": _change(bank, ids, aum, days, as_of),
        **_products(held, aum),
        **{f"maturing_{within}d": _maturing(held, len(ids), as_of, within) for within in (14, 30)},
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """Positions of a day, each array of shape (n_positions,)."""

    who: Integers
    """Place of the customer."""
    product: Cells
    balance: Integers
    matures: Integers
    """Days since 1970; 0 where it does not."""


def _held_on(bank: BankTables, ids: Ids, day: date, as_of: date) -> _Held:
    columns = ("customer_id", "product_id", "balance", "maturity_date")
    rows = bank.read("holdings", columns, as_of=as_of, days=(day, day))
    who = places(rows["customer_id"], ids)
    ours = who >= 0
    product = rows["product_id"].filter(pa.array(ours))
    return _Held(
        who=who[ours],
        product=product,
        balance=whole(rows["balance"])[ours],
        matures=whole(rows["maturity_date"])[ours],
    )


def _by_group(bank: BankTables, held: _Held, size: int, as_of: date) -> dict[str, Floats]:
    products = bank.read("products", ("product_id", "category"), as_of=as_of)
    if not products.num_rows:
        return {f"balance_{name}": np.full(size, np.nan) for name in BALANCE_GROUPS}
    category = products["category"].take(pc.index_in(held.product, value_set=products["product_id"].combine_chunks()))
    found = {}
    for name, categories in BALANCE_GROUPS.items():
        inside = pc.is_in(category, value_set=pa.array(categories)).to_numpy()
        found[f"balance_{name}"] = summed(held.who[inside], held.balance[inside], size).astype(np.float64)
    return found


def _change(bank: BankTables, ids: Ids, aum: Integers, days: SnapshotDays, as_of: date) -> Floats:
    if days.before is None:
        return np.full(aum.size, np.nan)
    held = _held_on(bank, ids, days.before, as_of)
    return (aum - summed(held.who, held.balance, aum.size)).astype(np.float64)


def _products(held: _Held, aum: Integers) -> dict[str, Floats]:
    """Return how many products have a balance, and the share of the largest where there is anything."""
    product, many = codes([held.product])
    pairs, inverse = np.unique(held.who * max(many, 1) + product, return_inverse=True)
    totals = summed(inverse, held.balance, pairs.size)
    owners = pairs // max(many, 1)
    largest = np.full(aum.size, np.iinfo(np.int64).min)
    np.maximum.at(largest, owners, totals)
    some = aum > 0
    concentration = np.full(aum.size, np.nan)
    concentration[some] = largest[some].astype(np.float64) / aum[some].astype(np.float64)
    count = np.bincount(owners[totals > 0], minlength=aum.size).astype(np.float64)
    return {"concentration": concentration, "products": count}


def _maturing(held: _Held, size: int, as_of: date, within: int) -> Floats:
    today = as_of.toordinal() - _EPOCH
    due = (held.matures > today) & (held.matures <= today + within)
    return summed(held.who[due], held.balance[due], size).astype(np.float64)
