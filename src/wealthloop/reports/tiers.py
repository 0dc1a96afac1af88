"""Tier moves by month, net of downgrades. Observational."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa

from wealthloop.bank import BankTables
from wealthloop.delivery.content import Bilingual
from wealthloop.engines import Engine
from wealthloop.insight import TIERS, tier_history
from wealthloop.reports.types import Series


@dataclass(frozen=True, slots=True, kw_only=True)
class TierMoves:
    """Customers who moved up, down, and the difference, at the first day of the month in which the move holds."""

    ups: Series
    downs: Series
    net: Series


def tier_moves(bank: BankTables, engine: Engine, *, as_of: date) -> TierMoves:
    """Return the tier moves of every month after the first completed one.

    A customer moves at most once a month, however many tiers far; the first month only sets where everybody stands.
    """
    customers = bank.scan("customers", as_of=as_of).select("customer_id").distinct().order_by("customer_id")
    ids = engine.to_arrow(customers, name="customers")["customer_id"].combine_chunks()
    history = tier_history(bank, ids, as_of=as_of)
    months = tuple(sorted(month for month in set(history["month"].to_pylist()) if month))[1:]
    ups, downs = _moves(history)
    days = tuple(_next_month(month) for month in months)
    return TierMoves(
        ups=_series("tier_ups", Bilingual(zh="升级客户", en="Moves up"), days, [ups[m] for m in months], as_of),
        downs=_series("tier_downs", Bilingual(zh="降级客户", en="Moves down"), days, [downs[m] for m in months], as_of),
        net=_series(
            "tier_net", Bilingual(zh="净升级客户", en="Net moves up"), days, [ups[m] - downs[m] for m in months], as_of
        ),
    )


def _moves(history: pa.Table) -> tuple[Counter[date], Counter[date]]:
    """Count moves by the month whose average made them; rows are by customer, then month."""
    rank = {tier.name: place for place, tier in enumerate(TIERS)}
    ups: Counter[date] = Counter()
    downs: Counter[date] = Counter()
    columns = (history[name].to_pylist() for name in ("customer_id", "month", "tier"))
    before, level = None, 0
    for customer, month, tier in zip(*columns, strict=True):
        now = rank[tier]
        if customer == before and now != level:
            (ups if now > level else downs)[month] += 1
        before, level = customer, now
    return ups, downs


def _next_month(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def _series(name: str, title: Bilingual, days: tuple[date, ...], values: list[int], as_of: date) -> Series:
    return Series(
        name=name,
        title=title,
        unit="moves",
        days=days,
        values=tuple(values),
        as_of=as_of,
        how=Bilingual(
            zh="按已结束月份的月日均判定层级：达到即次月升级，连续低于门槛期满才降级",
            en="tier by the monthly daily average of completed months: up the month after a floor is met, "
            "down only after its months of patience",
        ),
    )
