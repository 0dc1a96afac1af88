"""The lottery among near-best choices: what other offers and channels would do is learnt from customers drawn for it.

Customers take their turns in an order of hashes. At a turn everything is known but the draw: the night's prices are
fixed, and so is what the turns before have left of every resource. Whatever is nearly as good as the choice and fits
stands in the lottery, so that no draw has to be taken back and every probability is the one by which it was drawn
(a sequentially randomised design: inverse-probability weights hold given all turns before). It knows no arms.

What it costs is said twice: as expected at each turn before its draw, and as it was drawn. Given the turns before, the
draws are what is expected on average, so over many nights the two come to the same.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final, TypeAlias

from wealthloop.kit import bucket
from wealthloop.loop.options import Option
from wealthloop.loop.types import Counts
from wealthloop.strategies.standing import Exploration

Others: TypeAlias = Callable[[Option], Sequence[Option]]
"""Gives what else a strategy could do for the customer of a choice and the same lead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """What lotteries give up against the plan's own choices, fen.

    Below 0 where what else could be drawn brings more: it stood behind for the prices of what it uses, or for the
    preference of channels.
    """

    lotteries: int = 0
    otherwise: int = 0
    """Of these, in so many something else than the plan's own choice was drawn."""
    value: float = 0.0
    """Expected net value: over the lotteries, each other choice's shortfall times its probability."""
    objective: float = 0.0
    """The same of what choices count for by the preference of channels."""
    drawn_value: int = 0
    """Net value that the draws gave up."""
    drawn_objective: int = 0

    def __add__(self, other: "GivenUp") -> "GivenUp":
        """Return what both give up."""
        return GivenUp(**{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)})

    @property
    def counts(self) -> Counts:
        """What a night's record says of it."""
        return {
            "lotteries": self.lotteries,
            "drawn_otherwise": self.otherwise,
            "exploration_cost_fen": round(self.value),
            "exploration_objective_cost_fen": round(self.objective),
            "exploration_drawn_cost_fen": self.drawn_value,
            "exploration_drawn_objective_cost_fen": self.drawn_objective,
        }


NOTHING_GIVEN_UP: Final = GivenUp()


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A choice after the lottery."""

    option: Option
    propensity: float
    """The probability with which it was drawn; 1 where nothing else was near."""
    lottery: str | None = None
    """Everything that could be drawn, the plan's own choice first, each with its probability; None: no lottery."""
    given_up: GivenUp = NOTHING_GIVEN_UP
    """What this lottery gives up; nothing where there was none."""


def explore(
    chosen: Sequence[Option],
    prices: Mapping[str, float],
    capacities: Mapping[str, int],
    *,
    others: Others,
    rules: Exploration,
    seed: str,
) -> list[Drawn]:
    """Draw each customer's choice among those that are nearly as good, within capacity.

    Args:
        chosen: the plan's choices, one a customer, together within capacity.
        prices: fen a unit of every resource.
        capacities: units of every resource.
        others: see ``Others``; what uses a resource that has no capacity is not drawn.
        rules: how often, and what is near.
        seed: of this night, from which turns and draws are hashed.

    Returns:
        The choices in the order of ``chosen``; they use no more than there is.
    """
    left = Counter(capacities)
    for one in chosen:
        left.subtract(one.uses)
    found = {one.customer_id: Drawn(option=one, propensity=1.0) for one in chosen}
    turns = chosen if rules.share > 0 else ()
    for one in sorted(turns, key=lambda each: bucket(f"{seed}/turn", each.customer_id)):
        near = [other for other in others(one) if _is_near(other, one, prices, rules) and _fits(other, one, left)]
        if near:
            drawn = _drawn(one, near, rules.share, bucket(f"{seed}/draw", one.customer_id))
            left.update(one.uses)
            left.subtract(drawn.option.uses)
            found[one.customer_id] = drawn
    return [found[one.customer_id] for one in chosen]


def choice_of(option: Option) -> str:
    """Return what a lottery calls a choice: its channel and its product's category, if it offers one."""
    return f"{option.possible.channel}/{option.possible.category or 'nothing'}"


def _is_near(other: Option, best: Option, prices: Mapping[str, float], rules: Exploration) -> bool:
    floor = reduced(best, prices) - rules.within * best.weighted_value
    known = other.uses.keys() <= prices.keys()
    return known and other.net_value > 0 and choice_of(other) != choice_of(best) and reduced(other, prices) >= floor


def reduced(option: Option, prices: Mapping[str, float]) -> float:
    """Return what an option counts for beyond the prices of what it uses, fen."""
    return option.weighted_value - sum(prices[name] * units for name, units in option.uses.items())


def _fits(other: Option, best: Option, left: Mapping[str, int]) -> bool:
    given_back = best.uses
    return all(units <= left[name] + given_back.get(name, 0) for name, units in other.uses.items())


def _drawn(best: Option, near: Sequence[Option], share: float, drawn: float) -> Drawn:
    """Take the best with probability ``1 - share``, each of the others with an equal part of ``share``."""
    others = sorted(near, key=choice_of)
    each = share / len(others)
    place = min(int(drawn / each), len(others) - 1) if drawn < share else None
    written = [f"{choice_of(best)}={1.0 - share:.6g}", *(f"{choice_of(other)}={each:.6g}" for other in others)]
    taken = best if place is None else others[place]
    return Drawn(
        option=taken,
        propensity=1.0 - share if place is None else each,
        lottery=",".join(written),
        given_up=GivenUp(
            lotteries=1,
            otherwise=int(place is not None),
            value=each * sum(best.net_value - other.net_value for other in others),
            objective=each * sum(best.weighted_value - other.weighted_value for other in others),
            drawn_value=best.net_value - taken.net_value,
            drawn_objective=best.weighted_value - taken.weighted_value,
        ),
    )
