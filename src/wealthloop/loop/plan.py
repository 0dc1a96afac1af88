"""The night's plan: allocation that does not know the arms, then arms, then the slots that control freed."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from wealthloop.allocation import Candidate, Plan, build, solve
from wealthloop.experiments import Arm, assign, experiment_id
from wealthloop.loop.capacity import HOUSEHOLD
from wealthloop.loop.explore import NOTHING_GIVEN_UP, Drawn, GivenUp
from wealthloop.loop.floors import Floored, Floors, meet_floors
from wealthloop.loop.options import Option

Lottery: TypeAlias = Callable[[Sequence[Option], Mapping[str, float], Mapping[str, int]], list[Drawn]]
"""Draws what is nearly as good instead of some choices, from their prices and the capacities they keep within."""


Holding: TypeAlias = Callable[[Option], str | None]
"""Names the standing experiment that withholds a contact, if one does."""


Values: TypeAlias = Callable[[Sequence[Option]], list[int]]
"""Gives options the values by which they are chosen."""
Units: TypeAlias = Callable[[Option], str]
"""Names what draws the arm for an option: its customer, or a cluster."""


def own_unit(option: Option) -> str:
    """Let customers draw their own arms."""
    return option.customer_id


def no_lottery(chosen: Sequence[Option], prices: Mapping[str, float], capacities: Mapping[str, int]) -> list[Drawn]:  # noqa: ARG001 - a lottery
    """Take the plan's own choices."""
    return [Drawn(option=one, propensity=1.0) for one in chosen]


def nothing_held(option: Option) -> str | None:  # noqa: ARG001 - a holding
    """Withhold nothing beside the strategies' own controls."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One option that the night chose, with the arm of its customer."""

    option: Option
    arm: Arm
    price: int
    """Shadow price of what it uses, fen."""
    refill: bool
    """It took a slot that a control customer of another experiment freed."""
    propensity: float = 1.0
    """The probability with which it was drawn among what was nearly as good."""
    lottery: str | None = None
    """See ``Drawn``."""
    held_by: str | None = None
    """The standing experiment that withholds it, whatever its arm."""
    market: str | None = None
    """The market of a standing experiment in which it was chosen."""

    @property
    def withheld(self) -> bool:
        """Whether nothing may be sent."""
        return self.arm.control or self.held_by is not None

    @property
    def frees_its_slot(self) -> bool:
        """Whether somebody outside its experiment may have what it would use; a holdout is everybody's experiment."""
        return self.arm.control and self.held_by is None


@dataclass(frozen=True, slots=True, kw_only=True)
class NightPlan:
    """What the night decided, with its proof."""

    planned: tuple[Planned, ...]
    objective: int
    """What the blind plan counts for by the preference of channels, fen."""
    upper_bound: int
    """No plan of the same options and capacities counts for more, fen."""
    worth: int
    """Expected incremental value of the blind plan, fen."""
    preference_cost: int | None
    """What a blind plan that knows no preference would be worth more, fen; None where it was not asked for."""
    prices: Mapping[str, float]
    """Shadow price of a unit of each resource, fen: what one more would have added to the blind plan without floors."""
    floors: tuple[Floored, ...] = ()
    """How the branches and strategies that have a floor stand."""
    floor_cost: int = 0
    """Expected incremental value that the blind plan gave up for floors, fen."""
    exploration: GivenUp = NOTHING_GIVEN_UP
    """What the lottery gave up of the blind plan: ``worth`` and ``objective`` are of before it."""


def plan_night(
    options: Sequence[Option],
    capacities: Mapping[str, int],
    *,
    salt: str,
    members: Mapping[str, Collection[str]],
    lottery: Lottery = no_lottery,
    holding: Holding = nothing_held,
    unit_of: Units = own_unit,
    values: Values | None = None,
    floors: Floors | None = None,
    start: Mapping[str, float] | None = None,
    weigh_preference: bool = False,
) -> NightPlan:
    """Choose options under capacity, draw the arms, and give freed slots to customers outside the experiment.

    Args:
        options: what may be done, at most one a customer is chosen.
        capacities: units of every resource; of one that is not named there is nothing.
        salt: the home's secret, from which the arms are drawn.
        members: by strategy the customers who already are units of its experiment.
        lottery: draws among near-best choices before the arms are known; refills are not drawn.
        holding: says what is withheld beside control; such a slot stays empty.
        unit_of: says what draws the arms.
        values: of the options, where they are not chosen by what they are expected to bring and by preference.
        floors: what branches and strategies are to have at least; met before the lottery, which leaves each customer a
            contact of the same strategy.
        start: prices from which many candidates set out, such as those of the night before.
        weigh_preference: whether to say what the preference of channels costs, which takes a solve more.
    """
    options = [one for one in options if one.uses.keys() <= capacities.keys()]
    draws = _Draws(salt=salt, holding=holding, unit_of=unit_of)
    first = _solve(options, capacities, values, start)
    best = _chosen(options, first)
    blind, stands = (best, ()) if floors is None else _with_floors(options, first, capacities, floors)
    drawn = lottery(blind, first.prices, capacities)
    planned = _with_arms(drawn, first, draws=draws, refill=False)
    barred = _barred(planned, options, members)
    taken = {one.option.customer_id for one in planned}
    others = [one for one in options if one.customer_id not in taken and _may_refill(one, barred)]
    second = _solve(others, _left(capacities, planned), values)
    slots = no_lottery(_chosen(others, second), second.prices, capacities)
    refilled = _with_arms(slots, second, draws=draws, refill=True)
    return NightPlan(
        planned=(*planned, *refilled),
        objective=first.objective - sum(one.weighted_value for one in best) + sum(one.weighted_value for one in blind),
        upper_bound=first.upper_bound,
        worth=_worth(blind),
        preference_cost=_preference_cost(options, capacities, best, values) if weigh_preference else None,
        prices=first.prices,
        floors=stands,
        floor_cost=_worth(best) - _worth(blind),
        exploration=sum((one.given_up for one in drawn), NOTHING_GIVEN_UP),
    )


def _worth(options: Sequence[Option]) -> int:
    return sum(one.net_value for one in options)


def _with_floors(
    options: Sequence[Option], plan: Plan, capacities: Mapping[str, int], floors: Floors
) -> tuple[list[Option], tuple[Floored, ...]]:
    """Return the options of a plan after the exchanges that floors ask for, and how each group stands."""
    chosen = [place for place, taken in enumerate(plan.chosen.tolist()) if taken]
    values = [one.weighted_value for one in options]
    places, stands = meet_floors(options, values, chosen, capacities, floors)
    return [options[place] for place in places], stands


def _preference_cost(
    options: Sequence[Option], capacities: Mapping[str, int], best: Sequence[Option], values: Values | None
) -> int:
    """Return what the same options would be worth more if every channel were as welcome as any other, at least 0."""
    if values is not None or all(one.preference == 1.0 for one in options):
        return 0
    indifferent = _solve(options, capacities, lambda those: [one.net_value for one in those])
    return max(_worth(_chosen(options, indifferent)) - _worth(best), 0)


def _solve(
    options: Sequence[Option], capacities: Mapping[str, int], values: Values | None,
    start: Mapping[str, float] | None = None,
) -> Plan:  # fmt: skip
    worth = [one.weighted_value for one in options] if values is None else values(options)
    candidates = [
        Candidate(customer=one.customer_id, action=one.action_id, value=value, uses=one.uses)
        for one, value in zip(options, worth, strict=True)
    ]
    return solve(build(candidates, capacities), start=start)


def _chosen(options: Sequence[Option], plan: Plan) -> list[Option]:
    return [one for one, chosen in zip(options, plan.chosen.tolist(), strict=True) if chosen]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draws:
    """Everything that is drawn by hashes once the plan stands."""

    salt: str
    holding: Holding
    unit_of: Units

    def arm(self, option: Option) -> Arm:
        strategy = option.strategy
        experiment = experiment_id(option.strategy_id, strategy.version)
        return assign(self.salt, experiment, self.unit_of(option), strategy.arms)


def _with_arms(drawn: Sequence[Drawn], plan: Plan, *, draws: _Draws, refill: bool) -> tuple[Planned, ...]:
    return tuple(
        Planned(
            option=one.option,
            arm=draws.arm(one.option),
            price=round(sum(plan.prices[name] * units for name, units in one.option.uses.items())),
            refill=refill,
            propensity=one.propensity,
            lottery=one.lottery,
            held_by=draws.holding(one.option),
        )
        for one in drawn
    )


def _barred(
    planned: Sequence[Planned], options: Sequence[Option], members: Mapping[str, Collection[str]]
) -> dict[str, set[str]]:
    """Return by freed resource who may not have it: everybody in an experiment whose control freed it."""
    in_experiment = {name: set(customers) for name, customers in members.items()}
    for option in options:
        in_experiment.setdefault(option.strategy_id, set()).add(option.customer_id)
    barred: defaultdict[str, set[str]] = defaultdict(set)
    for one in planned:
        if one.frees_its_slot:
            for name in filter(_is_freed, _taken(one.option)):
                barred[name] |= in_experiment[one.option.strategy_id]
    return dict(barred)


def _may_refill(option: Option, barred: Mapping[str, set[str]]) -> bool:
    """Say whether an option uses a freed slot, and none that its customer's own experiment freed."""
    used = [name for name in _taken(option) if name in barred]
    return bool(used) and not any(option.customer_id in barred[name] for name in used)


def _taken(option: Option) -> list[str]:
    """Return the resources of which an option takes anything: a contact may cost the budget nothing."""
    return [name for name, units in option.uses.items() if units > 0]


def _left(capacities: Mapping[str, int], planned: Sequence[Planned]) -> dict[str, int]:
    """Return the units that are left by everybody who frees none."""
    left = Counter(capacities)
    for one in planned:
        frees = one.frees_its_slot
        left.subtract({name: units for name, units in one.option.uses.items() if not (frees and _is_freed(name))})
    return dict(left)


def _is_freed(name: str) -> bool:
    """Say whether somebody else may have what control would use of a resource."""
    return not name.startswith(HOUSEHOLD)
