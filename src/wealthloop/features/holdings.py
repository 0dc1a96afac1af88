"""Features of what a customer holds: balances by group, AUM and its average, concentration, what matures."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import ibis
import pyarrow as pa

from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.engines.types import Expr
from wealthloop.features.types import Feature, Unit

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


def snapshot_days(bank: BankTables, engine: Engine, *, as_of: date) -> SnapshotDays | None:
    """Return the days of holdings known at the end of ``as_of``, None without any."""
    held = bank.scan("holdings", as_of=as_of)
    held = held.filter(held["as_of"] <= ibis.literal(as_of))
    found = engine.to_arrow(held.select("as_of").distinct(), name="days of holdings")["as_of"].to_pylist()
    days = sorted(day for day in found if day is not None)
    if not days:
        return None
    newest = days[-1]
    earlier = [day for day in days if day <= newest - timedelta(days=30)]
    month = tuple(day for day in days if (day.year, day.month) == (newest.year, newest.month))
    return SnapshotDays(newest=newest, month=month, before=earlier[-1] if earlier else None)


def holdings_values(bank: BankTables, engine: Engine, *, as_of: date) -> pa.Table | None:
    """Return the holdings features of the customers who hold or held something, None without any known holdings.

    A column is null throughout where it cannot be known: the balances by group without products, the change
    without a day 30 days before.
    """
    days = snapshot_days(bank, engine, as_of=as_of)
    if days is None:
        return None
    products = bank.scan("products", as_of=as_of).select("product_id", "category")
    grouped = engine.to_arrow(products.aggregate(n=products.count()), name="products")["n"][0].as_py() > 0
    by_product = _by_product(bank, days, as_of)
    joined = by_product.left_join(products, "product_id").drop("product_id_right")
    expr = _by_customer(joined, days, grouped=grouped).order_by("customer_id")
    return engine.to_arrow(expr, name="holdings features")


def _by_product(bank: BankTables, days: SnapshotDays, as_of: date) -> Expr:
    held = bank.scan("holdings", as_of=as_of)
    wanted = {*days.month, *([days.before] if days.before else [])}
    held = held.filter(held["as_of"].isin(sorted(wanted)))
    now = held["as_of"] == ibis.literal(days.newest)

    def total(condition: Expr) -> Expr:
        return condition.ifelse(held["balance"], 0).sum().cast("int64")

    def maturing(within: int) -> Expr:
        last = ibis.literal(as_of + timedelta(days=within))
        due = (held["maturity_date"] > ibis.literal(as_of)) & (held["maturity_date"] <= last)
        return total(now & due.fill_null(False))  # noqa: FBT003 - the value that fills, not an option

    return held.group_by("customer_id", "product_id").aggregate(
        now=total(now),
        month=total(held["as_of"] >= ibis.literal(days.month[0])),
        before=total(held["as_of"] == ibis.literal(days.before or days.newest)),
        maturing_14d=maturing(14),
        maturing_30d=maturing(30),
    )


def _by_customer(rows: Expr, days: SnapshotDays, *, grouped: bool) -> Expr:
    def balance(categories: tuple[str, ...]) -> Expr:
        value = rows["category"].isin(categories).ifelse(rows["now"], 0).sum()
        return value.cast("float64") if grouped else ibis.null("float64")

    summed = rows.group_by("customer_id").aggregate(
        **{f"balance_{name}": balance(categories) for name, categories in BALANCE_GROUPS.items()},
        now=rows["now"].sum().cast("int64"),
        month=rows["month"].sum().cast("int64"),
        before=rows["before"].sum().cast("int64"),
        largest=rows["now"].max().cast("int64"),
        products=(rows["now"] > 0).ifelse(1, 0).sum().cast("float64"),
        maturing_14d=rows["maturing_14d"].sum().cast("float64"),
        maturing_30d=rows["maturing_30d"].sum().cast("float64"),
    )
    change = (summed["now"] - summed["before"]).cast("float64") if days.before else ibis.null("float64")
    return summed.mutate(
        aum=summed["now"].cast("float64"),
        aum_average=summed["month"].cast("float64") / len(days.month),
        aum_change_30d=change,
        concentration=(summed["now"] > 0).ifelse(
            summed["largest"].cast("float64") / summed["now"].cast("float64"), ibis.null("float64")
        ),
    ).select("customer_id", *(feature.name for feature in HOLDINGS_FEATURES))
