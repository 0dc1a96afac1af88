"""What a possible contact is worth: uplift times the value of a sale, less the costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wealthloop.feedback.heard import Cell, Heard
from wealthloop.ledger import Average
from wealthloop.loop.effects import StrategyEffects, effect_sizes, mean_of, relative_effects, strategy_effects
from wealthloop.loop.feeds import usable
from wealthloop.loop.options import Option, Possible
from wealthloop.loop.preference import Preference, weight_of
from wealthloop.loop.types import Night
from wealthloop.scoring import Feeds, Increment, ModelRecord, incremental
from wealthloop.strategies.life import Running
from wealthloop.strategies.parts import SALES, Metric
from wealthloop.strategies.valuebook import ValueBook

TAKE_UP: Final = 0.5
"""Share of the money at hand that a buyer places (assumed, until amounts are modelled)."""
_FORETOLD_BY_ABSENCE: Final[frozenset[Metric]] = frozenset({"kept"})
"""Metrics whose model foretells the contrary: the redemption that a care is to prevent."""
_NOT_FORETOLD: Final[frozenset[Metric]] = frozenset({"reassessed", "plan_begun"})
"""Metrics whose model only ranks: what it foretells is near what is counted, not the same."""
_MONEY_OF_THE_EVENT: Final = {
    "deposit_maturing": "balance_fen",
    "large_inflow": "amount_fen",
    "salary_idle": "demand_fen",
    "funds_idle": "demand_fen",
}
"""The evidence that names money which is there to be placed, by trigger; what has flowed out is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What values are worked out with, loaded once for a night."""

    book: ValueBook
    scores: pa.Table
    records: Mapping[str, ModelRecord]
    feeds: Mapping[str, Feeds]
    """How far each model may choose tonight, by its health and the drift of its scores."""
    profiles: Mapping[str, Mapping[str, Any]]
    min_amounts: Mapping[str, int]
    benefit_costs: Mapping[str, int]
    """Fen, by benefit id."""
    preference: Preference = field(default_factory=dict)
    """What values count for by tier and channel."""
    budgeted: bool = False
    """Whether the home has set a budget for the day's contacts."""
    heard: Mapping[Cell, Heard] = field(default_factory=dict)
    """What people at desks say of a strategy's categories and triggers; none of a cell: nothing is changed."""


def chances_of(
    night: Night, possible: Sequence[Possible], strategies: Sequence[Running], worth: Worth
) -> dict[str, "Chances"]:
    """Return by strategy the chances of tonight's candidates."""
    return {
        strategy.strategy_id: _chances(
            night, strategy, worth, {one.customer_id for one in possible if one.strategy_id == strategy.strategy_id}
        )
        for strategy in strategies
    }


def options_of(night: Night, possible: Sequence[Possible], strategies: Sequence[Running], worth: Worth) -> list[Option]:
    """Give every possible contact its expected incremental value; its order stays."""
    return valued(possible, chances_of(night, possible, strategies, worth), worth)


def valued(possible: Sequence[Possible], chances: Mapping[str, "Chances"], worth: Worth) -> list[Option]:
    """Give contacts their values by chances that are known already."""
    return [_option(one, chances[one.strategy_id], worth) for one in possible]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """One strategy's chances: its effects, and the propensity of each customer whom its model may choose."""

    effects: StrategyEffects
    propensity: Mapping[str, float]
    base_rate: float
    model_version: str | None
    relative: Mapping[str, float] | None
    """Each candidate's effect as a multiple of the average one, where a model of effects says it."""
    average: Average
    """With what each candidate is compared."""


def chances_beside(
    night: Night, strategies: Sequence[Running], worth: Worth, customers: set[str], averages: Mapping[str, Average]
) -> dict[str, "Chances"]:
    """Return by strategy the chances of customers who are compared with a night's candidates.

    Where a strategy had no candidate on the night, its average is that of all whom its model may score.
    """
    found = {}
    for strategy in strategies:
        average = averages.get(strategy.strategy_id)
        if average is None:
            average = _chances(night, strategy, worth, set(map(str, worth.scores["customer_id"].to_pylist()))).average
        found[strategy.strategy_id] = _chances(night, strategy, worth, customers, average)
    return found


def _chances(
    night: Night, strategy: Running, worth: Worth, customers: set[str], average: Average | None = None
) -> Chances:
    """Return the chances of a strategy's candidates; the average is theirs where none is given."""
    effects = strategy_effects(night, strategy)
    record = worth.records.get(strategy.document.model_id)
    usable = _usable_scores(night, record, worth) if record is not None else {}
    propensity = {customer: value for customer, value in usable.items() if customer in customers}
    sizes = effect_sizes(night, strategy, propensity, customers)
    average = average or Average(
        base_rate=_base_rate(strategy, propensity, effects), effect=None if sizes is None else mean_of(sizes)
    )
    return Chances(
        effects=effects,
        propensity=propensity,
        base_rate=average.base_rate,
        model_version=record.version if record is not None and propensity else None,
        relative=None if sizes is None or average.effect is None else relative_effects(sizes, average.effect),
        average=average,
    )


def _base_rate(strategy: Running, propensity: Mapping[str, float], effects: StrategyEffects) -> float:
    """Return the mean propensity; where nobody is scored, what control did without a contact."""
    scored = np.fromiter(propensity.values(), dtype=np.float64)
    measured = effects.base_rate or 0.0
    unscored = 1.0 - measured if strategy.document.success.metric in _FORETOLD_BY_ABSENCE else measured
    return float(scored.mean()) if scored.size else unscored


def _usable_scores(night: Night, record: ModelRecord, worth: Worth) -> dict[str, float]:
    """Return the scores by which a model may choose tonight, by customer."""
    ours = usable(night, worth.scores, record.model_id, worth.feeds)
    known = zip(ours["customer_id"].to_pylist(), ours[record.model_id].to_pylist(), strict=True)
    return {str(customer): float(value) for customer, value in known if value is not None}


def _option(one: Possible, chances: Chances, worth: Worth) -> Option:
    without = chances.propensity.get(one.customer_id)
    effect = chances.effects.by_channel[one.channel]
    relative = None if chances.relative is None else _single(chances.relative.get(one.customer_id, 1.0))
    plain = incremental(effect, _single(without), base_rate=chances.base_rate, relative=relative)
    said = worth.heard.get((one.strategy_id, "" if one.product is None else one.product.category, one.lead.trigger))
    increment = plain if said is None else _times(plain, said.multiple)
    uplift = _first(increment.uplift)
    before = _p_no_contact(one, increment) if without is not None or chances.base_rate > 0 else None
    after = None if before is None else before + uplift
    done = (chances.effects.base_rate or 0.0) + uplift if after is None else after
    amount = expected_amount(one, worth)
    return Option(
        possible=one,
        uplift=uplift,
        uplift_low=_first(increment.low),
        uplift_high=_first(increment.high),
        p_contact=after,
        p_no_contact=before,
        amount=amount,
        sale_value=_value(one, amount, worth),
        cost=_contact_cost(one, worth) + _given(one, done, worth),
        model_version=chances.model_version if without is not None else None,
        budget_cost=_budget_cost(one, done, worth) if worth.budgeted else None,
        heard=None if said is None else said.multiple,
        preference=weight_of(worth.preference, worth.profiles[one.customer_id]["tier"], one.channel),
    )


def _p_no_contact(one: Possible, increment: Increment) -> float | None:
    """Return the probability of what is counted, without a contact, where the model's score says it."""
    metric = one.strategy.document.success.metric
    if metric in _NOT_FORETOLD:
        return None
    score = _first(increment.p_no_contact)
    return 1.0 - score if metric in _FORETOLD_BY_ABSENCE else score


def _value(one: Possible, amount: int, worth: Worth) -> int:
    """Return what one success is worth, fen: a sale by its amount and category, anything else by its own value."""
    metric = one.strategy.document.success.metric
    if metric in SALES and one.product is not None:
        return worth.book.value(one.product.category, amount)
    return worth.book.success_value[metric]


def _times(plain: Increment, multiple: float) -> Increment:
    """Return what a contact adds where people at desks say that it adds so many times the average."""
    uplift = plain.uplift * multiple
    return Increment(
        uplift=uplift, low=plain.low * multiple, high=plain.high * multiple,
        p_contact=np.clip(plain.p_no_contact + uplift, 0.0, 1.0), p_no_contact=plain.p_no_contact,
    )  # fmt: skip


def expected_amount(one: Possible, worth: Worth) -> int:
    """Return what a buyer is expected to place, fen; 0 where nothing is sold.

    Half of the money that the event is about (or of what is available where it names none), within the funds that
    are available in 30 days and at least the product's smallest purchase. Overdraft room never enters it.
    """
    if one.product is None:
        return 0
    available = worth.profiles[one.customer_id]["available_30d"] or 0
    money = _MONEY_OF_THE_EVENT.get(one.lead.trigger)
    at_hand = one.lead.evidence[money] if money else available
    return min(available, max(round(TAKE_UP * at_hand), worth.min_amounts.get(one.product.product_id, 0)))


def _contact_cost(one: Possible, worth: Worth) -> int:
    return worth.book.contact_cost[one.channel]


def _given(one: Possible, p_success: float, worth: Worth) -> int:
    """Return what is given away for successes, expected, fen: the benefit, and the incentive.

    Allocation does not know the arm, so a success costs the treatment arms' mean incentive by their shares: so many of
    those whom the hash then treats get it, and whom it does not treat costs nothing at all.
    """
    document = one.strategy.document
    benefit = worth.benefit_costs.get(document.offer.benefit_id, 0) if document.offer.benefit_id else 0
    return round((benefit + document.expected_incentive) * min(1.0, p_success))


def _budget_cost(one: Possible, p_success: float, worth: Worth) -> int:
    """Return what a contact is expected to take of the day's budget: itself and incentives; benefits have a stock."""
    incentive = one.strategy.document.expected_incentive * min(1.0, p_success)
    return _contact_cost(one, worth) + round(incentive)


def _single(value: float | None) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value])


def _first(values: NDArray[np.float64]) -> float:
    return float(values[0])
