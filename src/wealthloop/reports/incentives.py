"""Is an incentive worth it: what each amount brought in for each yuan, between amounts too, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wealthloop import ledger
from wealthloop.bank import BankTables
from wealthloop.delivery.content import Bilingual
from wealthloop.engines import Engine
from wealthloop.experiments import Arm, Effect, Pending, Trial, always_valid_effect, experiment_id, pair_share
from wealthloop.experiments.fieller import Ratio, always_valid_ratio
from wealthloop.kit import Home
from wealthloop.reports.advice import Advice, Lower, advise
from wealthloop.reports.criterion import Criterion, judged_by
from wealthloop.reports.design import Fixed, arm_alpha, fixed_before, planned_units
from wealthloop.reports.lift import effects, purchases_around
from wealthloop.reports.outcomes import outcome
from wealthloop.reports.planned import Units, entered, first_night, matured_units, rows_of, units_of, up_to
from wealthloop.reports.spent import Brought, brought_in, costs
from wealthloop.reports.states import intents_of
from wealthloop.reports.types import StrategyReport
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.repository import held_in, version_row
from wealthloop.strategies.valuebook import ValueBook, load_value_book

Floats = NDArray[np.float64]

_NOT_CLOSED: Final = Bilingual(
    zh="观察期已满的客户还不够", en="too few customers whose window has closed"
)  # fmt: skip


_NOTHING: Final = Advice(
    code="none", why=Bilingual(zh="本组没有激励", en="the arm is given nothing beside the contact")
)
_CLUSTERS: Final = Bilingual(
    zh="按群组抽组的策略不计算激励回报：区间以客户为单位",
    en="arms are drawn by clusters: what incentives brought in is worked out for customers only",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmReturn:
    """One treatment arm: what it was given and what each yuan brought; ratios are of incremental figures.

    ``given`` is fen for a success, incentive and benefit; ``n`` counts the arm's customers whose window has closed.
    ``value``: by the value book, against control, for each yuan of all that the arm cost; ``sales``: likewise what was
    bought; ``marginal``: value for each further yuan against the arm ``beside`` it with the next lower amount. None
    where nothing can be said; the advice says why.
    """

    arm: str
    given: int
    n: int
    value: Ratio | None
    sales: Ratio | None
    beside: str | None
    marginal: Ratio | None
    advice: Advice


@dataclass(frozen=True, slots=True, kw_only=True)
class IncentiveReport:
    """The incentives of one strategy version as of a day; incremental.

    ``price`` is the budget's shadow price, net value a yuan, None where there is no budget; ``hurdle`` is what a yuan
    must bring: itself, and what it would have earned elsewhere.
    """

    strategy_id: str
    version: int
    name: Bilingual
    metric: str
    price: float | None
    hurdle: float
    arms: tuple[ArmReturn, ...]
    as_of: date


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A version's units whose window has closed, and what each brought and cost."""

    criterion: Criterion
    fixed: Fixed
    units: Units
    metric: Floats
    brought: Brought
    cost: Floats


def incentives(
    bank: BankTables, engine: Engine, home: Home, *, as_of: date, price: float | None
) -> tuple[IncentiveReport, ...]:
    """Return what incentives and benefits were worth, of every version that gives one and has planned a contact.

    Args:
        bank: the tables.
        engine: where they are asked.
        home: whose ledger and value book.
        as_of: nothing that happened later counts.
        price: the budget's shadow price of the newest night, net value a yuan (``loop.budget``).
    """
    every, book, benefits = ledger.read(home), load_value_book(home), _benefits(bank, as_of)
    found = []
    for report in effects(bank, engine, home, as_of=as_of):
        document, _ = held_in(version_row(report.strategy_id, report.version))
        given = _given(document, benefits)
        if any(given.values()):
            rows = entered(up_to(rows_of(every, report.strategy_id, report.version), as_of))
            read = _read(bank, engine, rows, document, report.version, given, book, as_of)
            found.append(_report(report, read, given, price))
    return tuple(found)


def _benefits(bank: BankTables, as_of: date) -> dict[str, int]:
    rows = bank.read("benefits", ("benefit_id", "unit_cost"), as_of=as_of).to_pylist()
    return {row["benefit_id"]: row["unit_cost"] or 0 for row in rows}


def _given(document: Strategy, benefits: dict[str, int]) -> dict[str, int]:
    """Return by treatment arm what a success is given, fen."""
    benefit = benefits.get(document.offer.benefit_id or "", 0)
    return {arm.name: document.incentives[arm.name] + benefit for arm in document.arms if not arm.control}


def _read(
    bank: BankTables,
    engine: Engine,
    rows: pa.Table,
    document: Strategy,
    version: int,
    given: dict[str, int],
    book: ValueBook,
    as_of: date,
) -> _Read | None:
    """Return what is known of the units whose window has closed; None where there is none."""  # fmt: skip
    criterion = judged_by(document, version)
    units = matured_units(units_of(rows), criterion.window_days, as_of)
    if not units.size:
        return None
    first = first_night(rows)
    brought = brought_in(bank, engine, units, criterion, book, first=first, as_of=as_of)
    promised = np.array([given.get(arm, 0) for arm in units.arm], dtype=np.float64)
    intents = intents_of(document.id, version)
    made = purchases_around(bank, engine, units, criterion, as_of=as_of)
    return _Read(
        criterion=criterion,
        fixed=fixed_before(bank, engine, criterion, first_day=first),
        units=units,
        metric=outcome(made, units, criterion),
        brought=brought,
        cost=costs(rows, units, intents, criterion, book, given=promised * brought.done),
    )


def _report(report: StrategyReport, read: _Read | None, given: dict[str, int], price: float | None) -> IncentiveReport:
    hurdle = 1.0 + (price or 0.0)
    return IncentiveReport(
        strategy_id=report.strategy_id,
        version=report.version,
        name=report.name,
        metric=report.metric,
        price=price,
        hurdle=hurdle,
        arms=tuple(_arm(report, read, given, arm, hurdle) for arm in sorted(given, key=lambda one: (given[one], one))),
        as_of=report.as_of,
    )


def _arm(report: StrategyReport, read: _Read | None, given: dict[str, int], name: str, hurdle: float) -> ArmReturn:
    shown = next((one for one in report.effects if one.arm == name), None)
    closed = next(arm.n_matured for arm in report.arms if arm.arm == name)
    beside = _next_lower(given, name)
    if read is None or shown is None or report.unit != "customer":
        advice = _not_yet(report, name)
        return ArmReturn(
            arm=name, given=given[name], n=closed, value=None, sales=None, beside=beside, marginal=None, advice=advice
        )
    control = next(arm for arm in read.criterion.arms if arm.control)
    value = _ratio(read, read.brought.value, name, control.name)
    sales = None if read.brought.sales is None else _ratio(read, read.brought.sales, name, control.name)
    marginal = None if beside is None else _ratio(read, read.brought.value, name, beside)
    judged = value if beside is None else marginal
    lower = None if beside is None else _lower(read, name, beside, given[beside])
    return ArmReturn(
        arm=name, given=given[name], n=closed, value=_known(value), sales=_known(sales), beside=beside,
        marginal=_known(marginal), advice=_advised(judged, hurdle, lower) if given[name] else _NOTHING,
    )  # fmt: skip


def _not_yet(report: StrategyReport, name: str) -> Advice:
    """Return why nothing is said of an arm."""
    waiting = next((one for one in report.pending if one.arm == name), None)
    if waiting is not None:
        return Advice(code="locked" if waiting.locked else "wait", why=waiting.why)
    return Advice(code="wait", why=_NOT_CLOSED if report.unit == "customer" else _CLUSTERS)


def _advised(judged: Ratio | Pending | None, hurdle: float, lower: Lower | None) -> Advice:
    if isinstance(judged, Ratio):
        return advise(judged, hurdle, lower)
    why = _NOT_CLOSED if judged is None else Bilingual(zh=judged.zh, en=judged.en)
    return Advice(code="wait", why=why)


def _known(found: Ratio | Pending | None) -> Ratio | None:
    return found if isinstance(found, Ratio) else None


def _next_lower(given: dict[str, int], name: str) -> str | None:
    """Return the treatment arm with the next lower amount."""
    lower = [arm for arm in given if given[arm] < given[name]]
    return max(lower, key=lambda arm: (given[arm], arm)) if lower else None


def _ratio(read: _Read, gain: Floats, name: str, other: str) -> Ratio | Pending:
    pair, trial = _pair(read, gain, name, other)
    arm = _of(read.criterion.arms, name)
    return always_valid_ratio(
        trial, read.cost[pair], n_planned=planned_units(read.fixed, read.criterion, arm, read.criterion.arms),
        alpha=arm_alpha(read.criterion, read.criterion.arms),
    )  # fmt: skip


def _lower(read: _Read, name: str, beside: str, amount: int) -> Lower:
    """Return how the next lower amount does in the primary metric beside the arm."""
    _, trial = _pair(read, read.metric, beside, name)
    criterion = read.criterion
    found = always_valid_effect(
        trial, n_planned=planned_units(read.fixed, criterion, _of(criterion.arms, name), criterion.arms),
        alpha=arm_alpha(criterion, criterion.arms), cut=read.fixed.cut,
    )  # fmt: skip
    shortfall = found.low if isinstance(found, Effect) else None
    return Lower(amount=amount, shortfall=shortfall, margin=criterion.minimum_worthwhile_effect)


def _pair(read: _Read, gain: Floats, name: str, other: str) -> tuple[NDArray[np.bool_], Trial]:
    pair = read.units.in_arms(name, other)
    arm, against = _of(read.criterion.arms, name), _of(read.criterion.arms, other)
    return pair, Trial(
        treated=read.units.in_arms(name)[pair], outcome=gain[pair], share=pair_share(arm, against)
    )  # fmt: skip


def _of(arms: Sequence[Arm], name: str) -> Arm:
    return next(arm for arm in arms if arm.name == name)


def incentives_json(reports: Sequence[IncentiveReport]) -> list[dict[str, object]]:
    """Return one object a strategy version, with its arms."""
    return [
        {
            "strategy": experiment_id(one.strategy_id, one.version), "metric": one.metric,
            "budget_shadow_price": one.price, "hurdle": one.hurdle, "as_of": one.as_of.isoformat(),
            "arms": [_arm_json(arm) for arm in one.arms],
        }
        for one in reports
    ]  # fmt: skip


def _arm_json(arm: ArmReturn) -> dict[str, object]:
    return {
        "arm": arm.arm, "given_yuan": arm.given / 100, "n": arm.n,
        "value_per_yuan": _ratio_json(arm.value), "sales_per_yuan": _ratio_json(arm.sales),
        "beside": arm.beside, "marginal_value_per_yuan": _ratio_json(arm.marginal),
        "advice": arm.advice.code, "to_yuan": None if arm.advice.to is None else arm.advice.to / 100,
        "why": arm.advice.why.en,
    }  # fmt: skip


def _ratio_json(found: Ratio | None) -> dict[str, object] | None:
    if found is None:
        return None
    interval = None if found.low is None or found.high is None else [found.low, found.high]
    return {"ratio": found.ratio, "interval": interval, "n": found.n, "method": found.method}
