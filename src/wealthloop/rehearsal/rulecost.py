"""What each rule costs on a night: the value of what it alone removed, and what the best plan without it would add.

The night is rehearsed as it stood before its leads. Values are the night's own, but average effects are those of all
contacts that the rules leave or that one rule alone removed. The preference among channels, standing experiments
between ways to choose, and lotteries are left out: they choose otherwise under the same rules. A rule of the law is
priced too, and can never be relaxed.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from wealthloop.allocation import Candidate, build, solve
from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.kit import Home
from wealthloop.loop.capacity import capacities
from wealthloop.loop.options import Option, Possible
from wealthloop.loop.worth import chances_of, valued
from wealthloop.policies.pack import Rule
from wealthloop.rehearsal.candidate import must_be_known
from wealthloop.rehearsal.considered import Considered, considered, due
from wealthloop.rehearsal.dryrun import desks_before
from wealthloop.rehearsal.moments import standing_leads
from wealthloop.rehearsal.shadow import night_at
from wealthloop.rehearsal.weigh import Scene, scene_of
from wealthloop.strategies.life import running


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCost:
    """One rule of planning on one night; money in fen."""

    rule: Rule
    candidates: int
    """Contacts (a lead, a strategy, a channel) that it alone removed or turned to a less preferred product."""
    customers: int
    value: int
    """Of the best such contact of each customer, where it is worth anything; capacity is not asked."""
    cost: int
    """What the best plan within capacity would be worth more without the rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightCost:
    """What the rules of a night cost."""

    as_of: date
    leads: int
    allowed: int
    """Contacts that every rule allows."""
    forbidden: int
    """Contacts that are not, by whatever number of rules."""
    value: int
    """Of the best plan of what is allowed, fen."""
    upper_bound: int
    rules: tuple[RuleCost, ...]
    """Every rule that is asked when contacts are planned, the dearest first."""


def night_cost(home: Home, bank: BankTables, engine: Engine, *, as_of: date) -> NightCost:
    """Price the rules of a night; nothing is written.

    Args:
        home: the bank's home, its state plane open.
        bank: its tables.
        engine: what they lie on.
        as_of: the day of the night; the strategies are those that run on it.

    Raises:
        InvalidInput: the bank's tables do not reach the day.
    """
    must_be_known(as_of, bank.last_day())
    strategies = running(as_of)
    with night_at(home, bank, engine, as_of=as_of) as night:
        leads = standing_leads(night, strategies)
        scene = scene_of(night, leads, strategies)
        every = tuple(considered(night, leads, strategies, scene.around))
        room = {**capacities(night, strategies, busy=desks_before(night)), **scene.around.limits.room}
        return _priced(scene, every, {lead.lead_id: (as_of - lead.found_on).days for lead in leads}, room)


def _priced(
    scene: Scene, every: Sequence[tuple[Considered, ...]], ages: Mapping[str, int], room: Mapping[str, int]
) -> NightCost:
    rules = [rule for rule in scene.around.pack.rules if "plan" in rule.stages]
    planned = _turns(scene, every, ages, "")
    without = {rule.rule_id: _turns(scene, every, ages, rule.rule_id) for rule in rules if _matters(rule, every)}
    options = _Options(scene, [*planned, *(one for several in without.values() for one in several)])
    base = _best(options.of(planned), room)
    costs = [
        _cost(rule, options.of(_removed(planned, without.get(rule.rule_id, planned))),
              options.of(without.get(rule.rule_id, ())), room, base[0])
        for rule in rules
    ]  # fmt: skip
    return NightCost(
        as_of=scene.night.as_of,
        leads=len(ages),
        allowed=sum(one.allowed is not None for several in every for one in several),
        forbidden=sum(one.allowed is None and bool(one.refused) for several in every for one in several),
        value=base[0],
        upper_bound=base[1],
        rules=tuple(sorted(costs, key=lambda one: (-one.cost, -one.value))),
    )


def _matters(rule: Rule, every: Sequence[tuple[Considered, ...]]) -> bool:
    alone = (rule.rule_id,)
    return any(rules == alone for several in every for one in several for _, rules in one.refused)


def _turns(
    scene: Scene, every: Sequence[tuple[Considered, ...]], ages: Mapping[str, int], rule_id: str
) -> list[Possible]:
    """Return the contacts whose turn has come, without a rule where one is named."""
    found = (one for several in every for one in due(several, ages[several[0].lead.lead_id], rule_id))
    return [one for one in found if scene.units.unit_of(one.strategy, one.customer_id) is not None]


def _removed(planned: Sequence[Possible], without: Sequence[Possible]) -> list[Possible]:
    """Return what there would be without a rule and is not with it."""
    there = {_name(one) for one in planned}
    return [one for one in without if _name(one) not in there]


class _Options:
    """Values of contacts, worked out once for all plans of the night."""

    def __init__(self, scene: Scene, every: Sequence[Possible]) -> None:
        distinct = list({_name(one): one for one in every}.values())
        strategies = list({one.strategy_id: one.strategy for one in distinct}.values())
        chances = chances_of(scene.night, distinct, strategies, scene.worth)
        self._options = {_name(one.possible): one for one in valued(distinct, chances, scene.worth)}

    def of(self, several: Sequence[Possible]) -> list[Option]:
        """Return some contacts with their worth."""
        return [self._options[_name(one)] for one in several]


def _name(one: Possible) -> tuple[str, str, str, str]:
    product = "" if one.product is None else one.product.product_id
    return one.lead.lead_id, one.strategy_id, one.channel, product


def _best(options: Sequence[Option], room: Mapping[str, int]) -> tuple[int, int]:
    """Return the value of the best plan, and the bound of any."""
    within = [one for one in options if one.uses.keys() <= room.keys()]
    plan = solve(build([_candidate(one) for one in within], room))
    return plan.objective, plan.upper_bound


def _candidate(one: Option) -> Candidate:
    return Candidate(customer=one.customer_id, action=one.action_id, value=one.net_value, uses=one.uses)


def _cost(
    rule: Rule, removed: Sequence[Option], without: Sequence[Option], room: Mapping[str, int], base: int
) -> RuleCost:
    best: defaultdict[str, int] = defaultdict(int)
    for one in removed:
        best[one.customer_id] = max(best[one.customer_id], one.net_value)
    return RuleCost(
        rule=rule,
        candidates=len(removed),
        customers=len(best),
        value=sum(best.values()),
        cost=max(0, _best(without, room)[0] - base) if removed else 0,
    )
