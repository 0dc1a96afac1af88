"""Why a customer got what a night planned, why not something else, and what would have to change.

What was decided comes from the ledger, with its own values, prices and draws. What else there was is found by
rehearsing the night as it stood before its leads: who forbade it, whose turn it was not, or by how much it fell short
at the night's prices: those that the ledger keeps of it or, where it keeps none, those of the rehearsed plan of the
whole bank, without standing experiments between ways to choose.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from wealthloop import ledger
from wealthloop.access.keys import known_keys
from wealthloop.allocation import Candidate, build, solve
from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.errors import NotFound
from wealthloop.kit import Home
from wealthloop.leads.repository import LeadView
from wealthloop.loop.audience import answers, members
from wealthloop.loop.capacity import capacities
from wealthloop.loop.enrol import may_enter
from wealthloop.loop.options import Option, Possible
from wealthloop.policies.pack import Rule
from wealthloop.rehearsal.candidate import must_be_known
from wealthloop.rehearsal.considered import Considered, considered
from wealthloop.rehearsal.dryrun import desks_before
from wealthloop.rehearsal.moments import standing_leads
from wealthloop.rehearsal.shadow import night_at
from wealthloop.rehearsal.weigh import Scene, scene_of, weighed
from wealthloop.strategies.life import Running, running

State: TypeAlias = Literal[
    "chosen", "forbidden", "no_person", "not_its_turn", "no_unit", "no_value", "lower", "crowded_out", "as_good"
]
"""What became of a contact: planned; a rule says no; nobody to call; an earlier channel has its turn; the customer is
in no cluster that could draw an arm; worth nothing; worth less than what was chosen; capacity was worth more elsewhere;
as good as what was chosen, which a lottery, whole numbers or a floor decided."""

Absence: TypeAlias = Literal["catalogue", "no_occasion", "audience", "ramp", "held"]
"""Why a running strategy had nothing for the customer."""

_LAST: int = 10
"""Decisions of the past that are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A row of the ledger, as far as it explains; money in fen, probabilities fractions."""

    run_id: str
    as_of: date
    strategy_id: str
    strategy_version: int
    lead_id: str | None
    trigger: str | None
    channel: str
    product_id: str | None
    staff_id: str | None
    disposition: str
    arm: str
    arm_share: float
    held_by: str | None
    market: str | None
    refill: bool
    propensity: float
    lottery: str | None
    uplift: float | None
    uplift_low: float | None
    uplift_high: float | None
    sale_value: int | None
    cost: int | None
    value: int | None
    preference: float | None
    price: int | None
    rules: str | None
    model_version: str | None

    @property
    def surplus(self) -> float:
        """What it counted for above the price of what it uses, fen."""
        return (self.preference or 1.0) * (self.value or 0) - (self.price or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One contact that the night could have made; money in fen."""

    strategy_id: str
    version: int
    lead_id: str
    trigger: str
    channel: str
    product_id: str | None
    category: str | None
    state: State
    rules: tuple[Rule, ...] = ()
    """Those that forbid it."""
    passed_over: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Products that are preferred to it, with the ids of the rules that forbid them."""
    value: int | None = None
    preference: float = 1.0
    price: int | None = None
    """Shadow price of what it would use."""
    scarce: Mapping[str, float] = field(default_factory=dict)
    """Resources that it would use and that have a price, with the price of what it takes."""
    lacks: int | None = None
    """By how much its expected value would have to rise before it is as good as what was done."""
    opens_on: date | None = None
    """When its channel's turn comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """A running strategy that had nothing for the customer."""

    strategy_id: str
    version: int
    why: Absence


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """One customer on one night."""

    customer_id: str
    as_of: date
    decisions: tuple[Decision, ...]
    """Of the night and of those before it, the newest first."""
    choices: tuple[Choice, ...]
    absent: tuple[Absent, ...]
    prices_kept: bool
    """Whether the prices are the ledger's own; False: those of the rehearsal."""

    @property
    def tonight(self) -> Decision | None:
        """What the night planned; None: nothing."""
        return next((one for one in self.decisions if one.as_of == self.as_of), None)


def why(home: Home, bank: BankTables, engine: Engine, customer_id: str, *, as_of: date) -> Why:
    """Explain a customer's night; nothing is written.

    Args:
        home: the bank's home, its state plane open.
        bank: its tables.
        engine: what they lie on.
        customer_id: the customer.
        as_of: the day of the night, of which the ledger need not know anything yet.

    Raises:
        InvalidInput: the tables do not reach the day.
        NotFound: no such customer on that day.
    """
    must_be_known(as_of, bank.last_day())
    strategies = running(as_of)
    decisions = _decisions(home, customer_id, as_of)
    tonight = next((one for one in decisions if one.as_of == as_of), None)
    with night_at(home, bank, engine, as_of=as_of) as night:
        leads = standing_leads(night, strategies)
        theirs = [lead for lead in leads if lead.customer_id == customer_id]
        scene = scene_of(night, [*leads, *([] if theirs else [_nothing(customer_id, as_of)])], strategies)
        if customer_id not in scene.around.profiles:
            raise NotFound(f"customer == {customer_id}: not in the bank's tables of {as_of}")
        run_id = night.run_id if tonight is None else tonight.run_id
        priced = _Priced(scene, leads, strategies, kept=_kept_prices(home, run_id))
        mine = list(considered(night, theirs, strategies, scene.around))
        choices = [one for several in mine for one in _choices(several, scene, priced, tonight)]
        met = {several[0].strategy.strategy_id for several in mine}
        absent = [_absent(one, theirs, scene) for one in strategies if one.strategy_id not in met]
    return Why(
        customer_id=customer_id, as_of=as_of, decisions=decisions, absent=tuple(absent), prices_kept=priced.kept,
        choices=tuple(sorted(choices, key=lambda one: (one.state != "chosen", -(one.value or 0)))),
    )  # fmt: skip


def _nothing(customer_id: str, as_of: date) -> LeadView:
    """Return a lead of no occasion, so that a customer without any is known all the same."""
    return LeadView(
        lead_id="", customer_id=customer_id, trigger="", occurred_on=as_of, found_on=as_of, expires_on=as_of,
        evidence={}, state="open",
    )  # fmt: skip


def _decisions(home: Home, customer_id: str, as_of: date) -> tuple[Decision, ...]:
    key = known_keys([customer_id]).get(customer_id)
    if key is None:
        return ()
    rows = ledger.read(home)
    mine = pc.and_(
        pc.equal(rows["person_key"], pa.scalar(key)), pc.less_equal(rows["as_of"], pa.scalar(as_of, pa.date32()))
    )
    names = list(Decision.__dataclass_fields__)
    found = rows.filter(mine).select(names).to_pylist()
    return tuple(Decision(**row) for row in reversed(found))[:_LAST]


class _Priced:
    """What the night's contacts are worth, and the prices at which it chooses among them."""

    def __init__(
        self,
        scene: Scene,
        leads: Sequence[LeadView],
        strategies: Sequence[Running],
        *,
        kept: Mapping[str, float] | None,
    ) -> None:
        options = weighed(scene, leads, strategies)
        self.kept = kept is not None
        self.prices = _rehearsed_prices(scene, options, strategies) if kept is None else kept
        self._options = {_name(one.possible): one for one in options}

    def option(self, one: Possible) -> Option | None:
        """Return a contact with its worth; None: nothing could draw its arm."""
        return self._options.get(_name(one))

    def scarce(self, one: Option) -> dict[str, float]:
        """Return what it pays for each resource that has a price, fen."""
        paid = {name: self.prices.get(name, 0.0) * units for name, units in one.uses.items()}
        return {name: price for name, price in paid.items() if price > 0}


def _kept_prices(home: Home, run_id: str) -> dict[str, float] | None:
    """Return the prices that the ledger keeps of a run; None where it keeps none."""
    try:
        rows = ledger.read_prices(home, run_id).to_pylist()
    except NotFound:
        return None
    return {row["resource"]: row["price"] for row in rows}


def _rehearsed_prices(scene: Scene, options: Sequence[Option], strategies: Sequence[Running]) -> Mapping[str, float]:
    night = scene.night
    room = {**capacities(night, tuple(strategies), busy=desks_before(night)), **scene.around.limits.room}
    within = [one for one in options if one.uses.keys() <= room.keys()]
    return solve(build([_candidate(one) for one in within], room)).prices


def _candidate(one: Option) -> Candidate:
    return Candidate(customer=one.customer_id, action=one.action_id, value=one.weighted_value, uses=one.uses)


def _name(one: Possible) -> tuple[str, str, str]:
    return one.lead.lead_id, one.strategy_id, one.channel


def _choices(several: Sequence[Considered], scene: Scene, priced: _Priced, tonight: Decision | None) -> list[Choice]:
    """Return what became of each channel of a lead and a strategy."""
    opens = {channel: several[0].lead.found_on + timedelta(days=days) for channel, days in _turns(several).items()}
    return [_choice(one, scene, priced, tonight, opens.get(one.channel)) for one in several]


def _turns(several: Sequence[Considered]) -> dict[str, int]:
    """Return by channel after how many days of the lead its turn comes; closed channels have none."""
    found: dict[str, int] = {}
    for one in several:
        if one.allowed is not None:
            found[one.channel] = max(found.values()) + one.wait_days if found else several[0].wait_days
    return found


def _choice(one: Considered, scene: Scene, priced: _Priced, tonight: Decision | None, opens: date | None) -> Choice:
    given = _of(one, one.allowed)
    if tonight is not None and _is_that(one, tonight):
        return Choice(
            **given | _sold(tonight, scene), state="chosen", value=tonight.value, price=tonight.price,
            preference=tonight.preference or 1.0,
        )  # fmt: skip
    if one.allowed is None or opens is None:
        return _refused(one, scene)
    if opens > scene.night.as_of:
        return Choice(**given, state="not_its_turn", opens_on=opens)
    option = priced.option(one.allowed)
    return Choice(**given, state="no_unit") if option is None else _weighed(given, option, priced, tonight)


def _sold(tonight: Decision, scene: Scene) -> dict[str, str | None]:
    """Return what the night offered: a lottery may have drawn another category than the most preferred."""
    found = next((one for one in scene.around.products if one.product_id == tonight.product_id), None)
    return {"product_id": tonight.product_id, "category": None if found is None else found.category}


def _refused(one: Considered, scene: Scene) -> Choice:
    """Return a contact that no product makes lawful, with the rules that forbid the product with the fewest of them."""
    if not one.refused:
        return Choice(**_of(one, None), state="no_person")
    rules = {rule.rule_id: rule for rule in scene.around.pack.rules}
    possible, forbid = min(one.refused, key=lambda pair: len(pair[1]))
    return Choice(**_of(one, possible), state="forbidden", rules=tuple(rules[rule_id] for rule_id in forbid))


def _weighed(given: dict[str, Any], option: Option, priced: _Priced, tonight: Decision | None) -> Choice:
    """Return a contact that could have been chosen, with what it lacks."""
    scarce = priced.scarce(option)
    price = sum(scarce.values())
    surplus = option.weighted_value - price
    goal = 0.0 if tonight is None else max(0.0, tonight.surplus)
    state: State
    if option.net_value <= 0:
        state = "no_value"
    elif surplus >= goal:
        state = "as_good"
    else:
        state = "crowded_out" if tonight is None else "lower"
    missing = round(max(1.0, (goal - surplus) / option.preference))
    return Choice(
        **given, state=state, value=option.net_value, preference=option.preference, price=round(price), scarce=scarce,
        lacks=None if state == "as_good" else missing,
    )  # fmt: skip


def _of(one: Considered, possible: Possible | None) -> dict[str, Any]:
    product = None if possible is None else possible.product
    return {
        "strategy_id": one.strategy.strategy_id,
        "version": one.strategy.version,
        "lead_id": one.lead.lead_id,
        "trigger": one.lead.trigger,
        "channel": one.channel,
        "product_id": None if product is None else product.product_id,
        "category": None if product is None else product.category,
        "passed_over": tuple(
            (passed.product.product_id, rules) for passed, rules in one.refused if passed.product is not None
        ),
    }


def _is_that(one: Considered, tonight: Decision) -> bool:
    chosen = (tonight.lead_id, tonight.strategy_id, tonight.channel)
    return chosen == (one.lead.lead_id, one.strategy.strategy_id, one.channel)


def _absent(strategy: Running, theirs: Sequence[LeadView], scene: Scene) -> Absent:
    """Return why a strategy had nothing for the customer, the first reason in the order of the night."""
    night, around = scene.night, scene.around
    occasions = [lead for lead in theirs if answers(strategy, lead)]
    customer = next((lead.customer_id for lead in occasions), "")
    checks: tuple[tuple[bool, Absence], ...] = (
        (around.catalogues.hold(strategy.document.offer), "catalogue"),
        (bool(occasions), "no_occasion"),
        (customer in members([strategy], around.audiences)[0], "audience"),
        (may_enter(strategy, customer, salt=night.home.settings.salt, as_of=night.as_of), "ramp"),
    )
    return Absent(
        strategy_id=strategy.strategy_id, version=strategy.version,
        why=next((why for holds, why in checks if not holds), "held"),
    )  # fmt: skip
