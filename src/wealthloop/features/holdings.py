"""Features of what a customer holds: balances by group, AUM and its average, concentration, what matures."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wealthloop.bank import BankTables
from wealthloop.features.balances import Ids, balances, summed
from wealthloop.features.groups import BALANCE_GROUPS
from wealthloop.features.narrow import product_groups
from wealthloop.features.positions import (
    MATURE_COUNTED,
    MATURE_WITHIN,
    balances_by_group,
    concentration,
    gains,
    held_on,
    maturities,
)
from wealthloop.features.types import Feature, Unit

Floats: TypeAlias = NDArray[np.float64]

_GROUP_WORDS: Final = {
    "demand": ("活期余额", "demand balance"),
    "deposit": ("定期类存款余额", "balance of term deposits"),
    "cash": ("现金管理与货币基金余额", "balance of cash management and money funds"),
    "wealth": ("银行理财余额", "balance of wealth products"),
    "fund": ("非货币基金余额", "balance of funds other than money funds"),
    "insurance": ("保险与养老金余额", "balance of insurance and pension"),
    "other": ("信托与贵金属余额", "balance of trusts and gold"),
}
_HELD: Final = ("holdings.as_of", "holdings.balance")
_CATEGORY: Final = (*_HELD, "holdings.product_id", "products.category")


def _held(name: str, unit: Unit, zh: str, en: str, *, more: tuple[str, ...] = ()) -> Feature:
    return Feature(name=name, unit=unit, zh=zh, en=en, lineage=(*_HELD, *more))


CHANGE_DAYS: Final = (7, 30, 90, 180, 365)
CHANGED_GROUPS: Final = ("demand", "deposit", "wealth", "fund")
"""Groups whose balance is compared with earlier days."""
_CHANGED_OVER: Final = (30, 90)
_MATURITY: Final = ("holdings.maturity_date",)
_GAIN: Final = ("holdings.unrealised_pnl",)

HOLDINGS_FEATURES: Final = (
    *(
        Feature(name=f"balance_{name}", unit=Unit.FEN, zh=zh, en=en, lineage=_CATEGORY)
        for name, (zh, en) in _GROUP_WORDS.items()
    ),
    _held("aum", Unit.FEN, "管理资产（时点）", "AUM on the newest day"),
    _held("aum_average", Unit.FEN, "管理资产（月日均）", "AUM, daily average of the month so far"),
    _held("aum_average_last_month", Unit.FEN, "管理资产（上月日均）", "AUM, daily average of the month before"),
    _held("aum_average_3_months_ago", Unit.FEN, "管理资产（三个月前日均）", "AUM, daily average three months before"),
    *(
        _held(f"aum_change_{w}d", Unit.FEN, f"管理资产较 {w} 天前变动", f"change of AUM against {w} days before")
        for w in CHANGE_DAYS
    ),
    *(
        Feature(
            name=f"balance_{name}_change_{w}d", unit=Unit.FEN, zh=f"{_GROUP_WORDS[name][0]}较 {w} 天前变动",
            en=f"change of the {_GROUP_WORDS[name][1]} against {w} days before", lineage=_CATEGORY,
        )
        for name in CHANGED_GROUPS
        for w in _CHANGED_OVER
    ),
    _held("concentration", Unit.SHARE, "最大产品占比", "share of the largest product", more=("holdings.product_id",)),
    _held("products", Unit.COUNT, "持有产品数", "number of products held", more=("holdings.product_id",)),
    *(
        _held(f"maturing_{w}d", Unit.FEN, f"{w} 天内到期金额", f"maturing within {w} days", more=_MATURITY)
        for w in MATURE_WITHIN
    ),
    *(
        _held(f"maturing_count_{w}d", Unit.COUNT, f"{w} 天内到期笔数", f"positions maturing within {w} days",
              more=_MATURITY)
        for w in MATURE_COUNTED
    ),
    _held("next_maturity_days", Unit.DAYS, "距最近一笔到期的天数", "days to the next maturity", more=_MATURITY),
    _held("gain", Unit.FEN, "持仓浮动盈亏", "unrealised gain or loss", more=_GAIN),
    _held("worst_gain", Unit.FEN, "最大一笔浮亏", "gain or loss of the worst position", more=_GAIN),
    _held("losing_positions", Unit.COUNT, "浮亏持仓数", "positions at a loss", more=_GAIN),
    _held("losing_balance", Unit.FEN, "浮亏持仓余额", "balance of positions at a loss", more=_GAIN),
    _held(
        "deposit_rate", Unit.SHARE, "存款加权利率（年）", "rate of what bears one, weighted by balance, a year",
        more=("holdings.rate",),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotDays:
    """The days of holdings that are known at the end of a day."""

    days: tuple[date, ...]
    """All of them, ascending; at least one."""

    @property
    def newest(self) -> date:
        """The newest."""
        return self.days[-1]

    def of_month(self, back: int) -> tuple[date, ...]:
        """Return the days at hand in the month that lies ``back`` months before that of the newest day."""
        month = first_of_month(self.newest, back)
        return tuple(day for day in self.days if day.replace(day=1) == month)

    def before(self, days: int) -> date | None:
        """Return the newest day at least so many days before the newest, None where history is shorter."""
        place = bisect_right(self.days, self.newest - timedelta(days=days))
        return self.days[place - 1] if place else None


def first_of_month(day: date, back: int) -> date:
    """Return the first day of the month that lies ``back`` months before a day's."""
    months = day.year * 12 + day.month - 1 - back
    return date(months // 12, months % 12 + 1, 1)


def snapshot_days(bank: BankTables, *, as_of: date) -> SnapshotDays | None:
    """Return the days of holdings known at the end of ``as_of``, None without any."""
    days = balances(bank, as_of=as_of).days
    return SnapshotDays(days=days) if days else None


def holdings_values(bank: BankTables, ids: Ids, *, as_of: date) -> dict[str, Floats]:
    """Return the holdings features of customers, each of shape (n_customers,).

    Who holds nothing has 0, and NaN where a share, a rate or a day would be of nothing. NaN throughout: without any
    known holdings; the balances by group without products; changes and averages of days that are not at hand; gains
    where no row tells of one.
    """
    days = snapshot_days(bank, as_of=as_of)
    if days is None:
        return {feature.name: np.full(len(ids), np.nan) for feature in HOLDINGS_FEATURES}
    product_group = _product_groups(bank, as_of)
    held = held_on(bank, ids, days.newest, as_of)
    aum = summed(held.who, held.balance, len(ids))
    by_group = balances_by_group(held, product_group, len(ids))
    return {
        **{f"balance_{name}": values for name, values in by_group.items()},
        "aum": aum.astype(np.float64),
        **_averages(bank, ids, days, as_of),
        **_changes(bank, ids, product_group, (aum.astype(np.float64), by_group), days, as_of),
        **concentration(held, aum),
        **maturities(held, len(ids), as_of),
        **gains(held, len(ids)),
    }


def _product_groups(bank: BankTables, as_of: date) -> Mapping[str, str] | None:
    """Return the group of each product, None where the bank has none."""
    return product_groups(bank.read("products", ("product_id", "category"), as_of=as_of)) or None


def _averages(bank: BankTables, ids: Ids, days: SnapshotDays, as_of: date) -> dict[str, Floats]:
    known, found = balances(bank, as_of=as_of), {}
    for name, back in (("aum_average", 0), ("aum_average_last_month", 1), ("aum_average_3_months_ago", 3)):
        at_hand = len(days.of_month(back))
        if at_hand:
            sums = known.month_sums(first_of_month(days.newest, back), ids)
            found[name] = sums.astype(np.float64) / at_hand
        else:
            found[name] = np.full(len(ids), np.nan)
    return found


def _changes(
    bank: BankTables, ids: Ids, product_group: Mapping[str, str] | None, now: tuple[Floats, Mapping[str, Floats]],
    days: SnapshotDays, as_of: date,
) -> dict[str, Floats]:  # fmt: skip
    """Compare AUM and balances by group with earlier days."""
    aum, by_group = now
    found: dict[str, Floats] = {}
    for within in CHANGE_DAYS:
        day = days.before(within)
        if day is None:
            found[f"aum_change_{within}d"] = np.full(len(ids), np.nan)
            earlier: Mapping[str, Floats] = {name: np.full(len(ids), np.nan) for name in BALANCE_GROUPS}
        else:
            held = held_on(bank, ids, day, as_of)
            found[f"aum_change_{within}d"] = aum - summed(held.who, held.balance, len(ids)).astype(np.float64)
            earlier = balances_by_group(held, product_group, len(ids)) if within in _CHANGED_OVER else {}
        if within in _CHANGED_OVER:
            for name in CHANGED_GROUPS:
                found[f"balance_{name}_change_{within}d"] = by_group[name] - earlier[name]
    return found
