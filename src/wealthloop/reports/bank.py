"""The bank by day: assets, monthly actives, buyers, tier moves. Observational: nothing here is due to anything."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wealthloop.bank import BankTables
from wealthloop.delivery.content import Bilingual
from wealthloop.engines import Engine
from wealthloop.engines.types import Expr
from wealthloop.reports.types import Series

MAU_DAYS: Final = 30
"""A customer is active on a day if there was a login on it or on one of the 29 days before."""


def daily_aum(bank: BankTables, engine: Engine, *, since: date, as_of: date) -> Series:
    """Return the sum of balances of all customers and categories at each day that has a snapshot, in fen."""
    rows = bank.scan("holdings", as_of=as_of)
    inside = rows.filter((rows["as_of"] >= since) & (rows["as_of"] <= as_of))
    totals = inside.group_by("as_of").agg(balance=inside["balance"].sum()).order_by("as_of")
    found = engine.to_arrow(totals, name="AUM by day").to_pylist()
    days = [row["as_of"] for row in found]
    return Series(
        name="aum",
        title=Bilingual(zh="时点管理资产", en="Point AUM"),
        unit="fen",
        days=tuple(days),
        values=tuple(int(row["balance"]) for row in found),
        as_of=as_of,
        how=_how_aum(bank, days, since, as_of),
    )


def month_average_aum(points: Series) -> Series:
    """Return the monthly daily average 月日均 so far at each day of a point series: the bank's AUM proper, in fen."""
    totals: dict[tuple[int, int], list[int]] = {}
    averages: list[int | None] = []
    for day, value in zip(points.days, points.values, strict=True):
        seen = totals.setdefault((day.year, day.month), [])
        if value is not None:
            seen.append(value)
        averages.append(round(sum(seen) / len(seen)) if seen else None)
    return Series(
        name="aum_month_average",
        title=Bilingual(zh="管理资产（月日均）", en="AUM, monthly daily average"),
        unit="fen",
        days=points.days,
        values=tuple(averages),
        as_of=points.as_of,
        how=Bilingual(
            zh="当月至当日各日时点余额的平均；" + points.how.zh,
            en="average of the month's points up to the day; " + points.how.en,
        ),
    )


def daily_mau(bank: BankTables, engine: Engine, *, since: date, as_of: date) -> Series:
    """Return the customers with a login within the 30 days that end on each day; None before 30 days are known."""
    rows = bank.scan("app_events", as_of=as_of)
    opens = since - timedelta(days=MAU_DAYS - 1)
    logins = rows.filter((rows["kind"] == "login") & (rows["at_day"] <= as_of))
    begin = _first_day(engine, logins)
    inside = logins.filter(logins["at_day"] >= opens).select("customer_id", "at_day").distinct()
    table = engine.to_arrow(inside.order_by(["customer_id", "at_day"]), name="login days")
    days = _days(since, as_of)
    active = _active_by_day(table, days)
    full = None if begin is None else begin + timedelta(days=MAU_DAYS - 1)
    return Series(
        name="mau",
        title=Bilingual(zh="月活客户", en="Monthly active customers"),
        unit="customers",
        days=days,
        values=tuple(
            int(count) if full is not None and day >= full else None for day, count in zip(days, active, strict=True)
        ),
        as_of=as_of,
        how=Bilingual(
            zh="截至当日 30 天内登录过的去重客户数；登录数据不足 30 天之前为空",
            en="distinct customers with a login in the 30 days to the day; empty until 30 days of logins are known",
        ),
    )


def daily_buyers(bank: BankTables, engine: Engine, *, categories: Sequence[str], since: date, as_of: date) -> Series:
    """Return the customers who bought a product of these categories, by day; whatever made them do it."""
    products = bank.scan("products", as_of=as_of)
    rows = bank.scan("transactions", as_of=as_of)
    bought = rows.filter((rows["kind"] == "buy") & (rows["at_day"] >= since) & (rows["at_day"] <= as_of))
    matched = bought.semi_join(products.filter(products["category"].isin(list(categories))), "product_id")
    counted = matched.group_by("at_day").agg(customers=matched["customer_id"].nunique())
    found = {row["at_day"]: row["customers"] for row in engine.to_arrow(counted, name="buyers by day").to_pylist()}
    days = _days(since, as_of)
    known = bank.has("transactions")
    return Series(
        name="buyers",
        title=Bilingual(zh="买入客户", en="Buyers"),
        unit="customers",
        days=days,
        values=tuple(int(found.get(day, 0)) if known else None for day in days),
        as_of=as_of,
        how=Bilingual(
            zh=f"当日买入以下类别产品的去重客户数：{'、'.join(categories)}",
            en=f"distinct customers who bought on the day, of: {', '.join(categories)}",
        ),
    )


def _active_by_day(logins: pa.Table, days: Sequence[date]) -> NDArray[np.int64]:
    """Count, for each day, the customers with a login in the 30 days to it; rows sorted by customer and day."""
    if not days:
        return np.zeros(0, dtype=np.int64)
    start = np.datetime64(days[0], "D")
    at = (logins["at_day"].to_numpy().astype("datetime64[D]") - start).astype(np.int64)
    until = at + MAU_DAYS
    customers = logins["customer_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    again = np.flatnonzero(customers[1:] == customers[:-1])
    until[again] = np.minimum(until[again], at[again + 1])
    size = len(days)
    change = np.bincount(np.clip(at, 0, size), minlength=size + 1) - np.bincount(
        np.clip(until, 0, size), minlength=size + 1
    )
    return np.asarray(change.cumsum()[:size])


def _first_day(engine: Engine, logins: Expr) -> date | None:
    table = engine.to_arrow(logins.agg(first=logins["at_day"].min()), name="first login day")
    first = table["first"][0].as_py()
    return first if isinstance(first, date) else None


def _days(since: date, as_of: date) -> tuple[date, ...]:
    return tuple(since + timedelta(days=n) for n in range((as_of - since).days + 1))


def _how_aum(bank: BankTables, days: Sequence[date], since: date, as_of: date) -> Bilingual:
    lacking = (as_of - since).days + 1 - len(days)
    assumed = "balance" in bank.imputed().get("holdings", ())
    return Bilingual(
        zh="当日持仓余额之和，含全部类别（存款、保险在内）；"
        + (f"{lacking} 天没有快照" if lacking else "每日快照")
        + ("；余额为映射文件的假设，不是事实" if assumed else ""),
        en="sum of the day's balances over all categories, deposits and insurance included; "
        + (f"{lacking} days have no snapshot" if lacking else "daily snapshots")
        + ("; the balances are assumed by the mapping, they are no fact" if assumed else ""),
    )
