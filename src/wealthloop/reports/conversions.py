"""Purchases that meet a strategy's success criterion, for cards that are won by themselves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from wealthloop.bank import BankTables
from wealthloop.delivery.types import Conversion
from wealthloop.engines import Engine
from wealthloop.reports.bought import bought, of_categories


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessCategories:
    """The product categories whose purchase counts as a strategy's success."""

    strategy_id: str
    categories: tuple[str, ...]


def conversions(
    bank: BankTables,
    engine: Engine,  # noqa: ARG001 - rooms are asked alike
    *,
    strategies: Sequence[SuccessCategories],
    since: date,
    as_of: date,
) -> list[Conversion]:
    """Return the purchases of bank days ``since`` to ``as_of`` that meet a criterion, once for each strategy it meets.

    They are observational: a purchase after a contact need not be due to it. Sorted by day, customer, transaction,
    strategy.
    """
    wanted = sorted({category for strategy in strategies for category in strategy.categories})
    if not wanted:
        return []
    made = bought(bank, first=since, last=as_of, as_of=as_of)
    table = of_categories(bank, made, wanted, as_of=as_of)
    strategies_of = _by_category(strategies)
    found = [
        Conversion(
            customer_id=row["customer_id"],
            strategy_id=strategy_id,
            on=row["at_day"],
            transaction_id=row["transaction_id"],
            amount=abs(row["amount"]),
        )
        for row in table.to_pylist()
        for strategy_id in strategies_of[row["category"]]
    ]
    return sorted(found, key=lambda made: (made.on, made.customer_id, made.transaction_id, made.strategy_id))


def _by_category(strategies: Iterable[SuccessCategories]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for strategy in strategies:
        for category in strategy.categories:
            found.setdefault(category, []).append(strategy.strategy_id)
    return {category: sorted(set(ids)) for category, ids in found.items()}
