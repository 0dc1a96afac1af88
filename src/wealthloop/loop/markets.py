"""Standing experiments between ways to choose: each arm is a market with its customers and its part of every capacity.

Only machine channels are parted; a member's contacts by people stay in the whole bank's plan, which goes first and is
the same for both arms. The volumes of channels, the strategies' maxima, budgets and the limits of branches are parted
by the customers' share; a household's limit holds for all together.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, cast

from wealthloop.loop.capacity import HOUSEHOLD, MACHINE_CHANNELS, SEATS, rm_resource
from wealthloop.loop.floors import Floors
from wealthloop.loop.options import Option
from wealthloop.loop.plan import Lottery, NightPlan, Planned, no_lottery
from wealthloop.loop.rules import RULES, Known
from wealthloop.strategies.designs import StandingDesign
from wealthloop.strategies.standing import Rule

_WHOLE: Final = (rm_resource(""), SEATS, HOUSEHOLD)
"""How resources begin that are not parted: of people, and of households, which are too small for it."""


class Planner(Protocol):
    """Plans some options within some capacities."""

    def __call__(
        self,
        options: Sequence[Option],
        capacities: Mapping[str, int],
        *,
        lottery: Lottery,
        values: Callable[[Sequence[Option]], list[int]] | None = None,
        floors: Floors | None = None,
    ) -> NightPlan:
        """Return the plan; ``values`` instead of the options' own."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """One arm of one design."""

    design: StandingDesign
    arm: str

    @property
    def name(self) -> str:
        """What the ledger calls it."""
        return f"{self.design.design_id}/{self.arm}"

    @property
    def rule(self) -> Rule | None:
        """How it chooses; None: as the platform does."""
        return cast("Rule", self.arm) if self.arm in RULES else None


def markets_of(designs: Sequence[StandingDesign]) -> list[Market]:
    """Return the markets of the designs between ways to choose."""
    return [Market(design=one, arm=arm.name) for one in designs if not one.withholds for arm in one.arms]


def market_of(one: Option, designs: Sequence[StandingDesign], tier: str | None, *, salt: str) -> Market | None:
    """Return the market in which an option stands; None: the whole bank's plan."""
    if one.possible.channel not in MACHINE_CHANNELS:
        return None
    for design in designs:
        if not design.withholds and design.concerns(one.strategy_id, tier):
            arm = design.arm_of(salt, one.customer_id)
            if arm is not None:
                return Market(design=design, arm=arm.name)
    return None


def parted(
    capacities: Mapping[str, int], markets: Sequence[Market]
) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """Return what the whole bank's plan keeps of each capacity, and what each market has, by its name."""
    shared = {name: units for name, units in capacities.items() if not name.startswith(_WHOLE)}
    rooms = {
        market.name: {name: int(units * market.design.share) for name, units in shared.items()} for market in markets
    }
    kept = {name: units - sum(room.get(name, 0) for room in rooms.values()) for name, units in capacities.items()}
    return kept, rooms


def plan_markets(
    options: Sequence[Option],
    capacities: Mapping[str, int],
    designs: Sequence[StandingDesign],
    *,
    profiles: Mapping[str, Mapping[str, Any]],
    salt: str,
    known: Known,
    lottery: Lottery,
    plan: Planner,
    floors: Floors | None = None,
) -> NightPlan:
    """Plan the whole bank, then each market of the standing experiments between ways to choose.

    Args:
        options: of everybody.
        capacities: of everything.
        designs: those that the night's contacts obey.
        profiles: of the options' customers.
        salt: the home's secret.
        known: what the rules may look at.
        lottery: of the platform; other rules draw nothing.
        plan: plans one market.
        floors: of branches and strategies; the whole bank's plan meets them, whatever its markets add.
    """
    arms = markets_of(designs)
    if not arms:
        return plan(options, capacities, lottery=lottery, floors=floors)
    of_market: defaultdict[str | None, list[Option]] = defaultdict(list)
    for one in options:
        market = market_of(one, designs, profiles[one.customer_id]["tier"], salt=salt)
        of_market[None if market is None else market.name].append(one)
    kept, rooms = parted(capacities, arms)
    whole = plan(of_market[None], kept, lottery=lottery, floors=floors)
    taken = {one.option.customer_id for one in whole.planned}
    for market in arms:
        free = [one for one in of_market[market.name] if one.customer_id not in taken]
        room = {**rooms[market.name], **_left_in_households(kept, whole.planned)}
        whole = _joined(whole, _planned(market, free, room, known, lottery, plan), market)
    return whole


def _left_in_households(capacities: Mapping[str, int], planned: Sequence[Planned]) -> dict[str, int]:
    """Return what those who were planned before have left of each household's limit: its members share it."""
    left = Counter({name: units for name, units in capacities.items() if name.startswith(HOUSEHOLD)})
    for one in planned:
        left.subtract({name: units for name, units in one.option.uses.items() if name in left})
    return dict(left)


def _planned(
    market: Market, options: Sequence[Option], room: Mapping[str, int], known: Known, lottery: Lottery, plan: Planner
) -> NightPlan:
    rule = market.rule
    if rule is None:
        return plan(options, room, lottery=lottery)
    return plan(options, room, lottery=no_lottery, values=lambda those: RULES[rule](those, known))


def _joined(whole: NightPlan, part: NightPlan, market: Market) -> NightPlan:
    """Add a market's plan; what another rule chose has no price, and its worth is not the platform's to count."""
    own = market.rule is None
    planned: list[Planned] = [
        replace(one, market=market.name, price=one.price if own else 0) for one in part.planned
    ]  # fmt: skip
    return replace(
        whole,
        planned=(*whole.planned, *planned),
        objective=whole.objective + (part.objective if own else 0),
        upper_bound=whole.upper_bound + (part.upper_bound if own else 0),
        worth=whole.worth + (part.worth if own else 0),
        preference_cost=_both(whole.preference_cost, part.preference_cost),
        exploration=whole.exploration + part.exploration,
    )


def _both(whole: int | None, part: int | None) -> int | None:
    return None if whole is None or part is None else whole + part
