"""What each strategy was worth: sent against withheld customers from their first planned day, with an interval."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wealthloop import ledger
from wealthloop.bank import BankTables
from wealthloop.delivery.content import Bilingual
from wealthloop.engines import Engine
from wealthloop.experiments import Arm, Effect, Pending, Trial, always_valid_effect, pair_share
from wealthloop.kit import Home
from wealthloop.reports import checks
from wealthloop.reports.criterion import Criterion, criterion_of
from wealthloop.reports.design import Fixed, arm_alpha, fixed_before, planned_units
from wealthloop.reports.funnel import card_funnel
from wealthloop.reports.guardrails import LEAST_WATCHED, guardrails
from wealthloop.reports.happened import happened, is_told, table_of
from wealthloop.reports.once import effect_once
from wealthloop.reports.outcomes import Purchases, covariate, outcome
from wealthloop.reports.planned import (
    Units,
    first_night,
    first_planned,
    matured_units,
    rows_of,
    units_of,
    up_to,
    versions_of,
)
from wealthloop.reports.states import Reconciled, intents_of, reconcile, unstaged_runs
from wealthloop.reports.types import STATES, ArmEffect, ArmReport, Check, GuardrailReport, PendingEffect, StrategyReport
from wealthloop.strategies.parts import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class _Version:
    """Everything known of one strategy version when its report is made."""

    criterion: Criterion
    rows: pa.Table
    units: Units
    matured: Units
    reconciled: Reconciled
    checks: tuple[Check, ...]
    fixed: Fixed
    as_of: date

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.ok)


def effects(bank: BankTables, engine: Engine, home: Home, *, as_of: date) -> tuple[StrategyReport, ...]:
    """Return the report of every strategy version with a planned contact, as of a day, sorted.

    A customer is one unit of a version, from the first day on which the version planned a contact, and enters the
    effect when the outcome window has closed. Nothing that happened after ``as_of`` counts, but for the states of
    contacts, which are those of the outbox now.

    Raises:
        NotFound: the ledger names a strategy version that the state plane does not hold.
    """
    every = ledger.read(home)
    unstaged = unstaged_runs(every)
    return tuple(
        _report(bank, engine, rows_of(every, strategy_id, version), criterion_of(strategy_id, version), as_of, unstaged)
        for strategy_id, version in versions_of(up_to(every, as_of))
    )


def purchases_around(bank: BankTables, engine: Engine, units: Units, criterion: Criterion, *, as_of: date) -> Purchases:
    """Return the events that the criterion counts, from the first covariate window to the report's day."""
    first = (units.first_day.min() if units.size else np.datetime64(as_of, "D")).astype(date)
    opens = first - timedelta(days=criterion.window_days)
    return happened(bank, engine, criterion, first=opens, last=as_of, as_of=as_of)


def _report(
    bank: BankTables, engine: Engine, every_row: pa.Table, criterion: Criterion, as_of: date, unstaged: Collection[str]
) -> StrategyReport:
    version = _version(bank, engine, every_row, criterion, as_of, unstaged)
    arms = criterion.arms
    made = purchases_around(bank, engine, version.matured, criterion, as_of=as_of)
    found = [_arm_effect(version, made, arm) for arm in arms if not arm.control]
    return StrategyReport(
        strategy_id=criterion.strategy_id,
        version=criterion.version,
        name=criterion.name,
        metric=criterion.metric,
        analysis=criterion.analysis,
        unit=criterion.unit,
        n_planned=max(_planned(version, arm) for arm in arms if not arm.control),
        arms=tuple(_arm_report(version, arm) for arm in arms),
        effects=tuple(item for item in found if isinstance(item, ArmEffect)),
        pending=tuple(item for item in found if isinstance(item, PendingEffect)),
        checks=version.checks,
        funnel=card_funnel(criterion.strategy_id, criterion.version),
        as_of=as_of,
        lineage=_lineage(criterion, version.fixed),
        guardrails=_guardrails(bank, version),
    )


def _guardrails(bank: BankTables, version: _Version) -> tuple[GuardrailReport, ...]:
    """Return how the guardrails stand; none while a check fails (I12): the night watches them all the same."""
    if version.failed:
        return ()
    n_planned = max(version.units.size, LEAST_WATCHED)
    return guardrails(bank, version.units, version.criterion, n_planned=n_planned, as_of=version.as_of)


def _planned(version: _Version, arm: Arm) -> int:
    """Return the matured units of an arm and control at which it is read once, or its interval is tightest.

    A version that is read once and has all the units that its stop rule allows waits for no more than these.
    """
    n_planned = planned_units(version.fixed, version.criterion, arm, version.criterion.arms)
    most = version.criterion.max_units
    if most is None:
        return n_planned
    if version.criterion.analysis == "fixed" and first_planned(version.rows).num_rows >= most:
        control = next(other for other in version.criterion.arms if other.control)
        most = min(most, int(version.units.in_arms(arm.name, control.name).sum()))
    return min(n_planned, most)


def _version(
    bank: BankTables, engine: Engine, every_row: pa.Table, criterion: Criterion, as_of: date, unstaged: Collection[str]
) -> _Version:
    rows = up_to(every_row, as_of)
    units = units_of(rows)
    intents = intents_of(criterion.strategy_id, criterion.version)
    reconciled = reconcile(rows, every_row, intents, unstaged=unstaged)
    window = criterion.window_days
    reached = checks.reached_by_outbox(intents) | checks.reached_by_bank(
        bank, engine, units, strategy_id=criterion.strategy_id, window_days=window, as_of=as_of
    )
    return _Version(
        criterion=criterion,
        rows=rows,
        units=units,
        matured=matured_units(units, window, as_of),
        reconciled=reconciled,
        checks=(
            checks.sample_ratio_check(rows, criterion.arms),
            checks.crossover_check(rows, units, criterion.arms, reached),
            checks.reconciliation_check(rows, criterion.arms, reconciled),
            *checks.outcome_check(table_of(criterion.metric), told=is_told(bank, criterion, as_of=as_of)),
        ),
        fixed=fixed_before(bank, engine, criterion, first_day=first_night(rows)),
        as_of=as_of,
    )


def _arm_report(version: _Version, arm: Arm) -> ArmReport:
    states = version.reconciled.states.get(arm.name, {})
    return ArmReport(
        arm=arm.name,
        control=arm.control,
        share=arm.share,
        planned=version.reconciled.planned.get(arm.name, 0),
        states=tuple((state, states.get(state, 0)) for state in STATES),
        n_units=int(version.units.in_arms(arm.name).sum()),
        n_matured=int(version.matured.in_arms(arm.name).sum()),
    )


def _arm_effect(version: _Version, made: Purchases, arm: Arm) -> ArmEffect | PendingEffect:
    criterion = version.criterion
    waiting = PendingEffect(
        arm=arm.name, metric=criterion.metric, code="locked", why=Bilingual(zh="", en=""), locked=True
    )
    if version.failed:
        return replace(waiting, why=_locked_why(version.failed))
    pair = _pair(version, arm)
    trial, alpha, cut = _trial(pair, made, arm, criterion), arm_alpha(criterion, criterion.arms), version.fixed.cut
    n_planned = _planned(version, arm)
    if criterion.analysis == "fixed":
        result = effect_once(
            trial, first_day=pair.first_day, cluster=_clusters(pair), n_planned=n_planned, alpha=alpha, cut=cut,
            binary=criterion.metric != "amount",
        )  # fmt: skip
    else:
        result = always_valid_effect(trial, n_planned=n_planned, alpha=alpha, cut=cut)
    if isinstance(result, Pending):
        return replace(waiting, code=result.code, why=Bilingual(zh=result.zh, en=result.en), locked=False)
    return _shown(result, arm, criterion)


def _pair(version: _Version, arm: Arm) -> Units:
    control = next(other for other in version.criterion.arms if other.control)
    return version.matured.only(version.matured.in_arms(arm.name, control.name))


def _trial(pair: Units, made: Purchases, arm: Arm, criterion: Criterion) -> Trial:
    control = next(other for other in criterion.arms if other.control)
    return Trial(
        treated=pair.in_arms(arm.name),
        outcome=outcome(made, pair, criterion),
        covariate=covariate(made, pair, criterion),
        share=pair_share(arm, control),
    )


def _clusters(pair: Units) -> NDArray[np.int64] | None:
    """Return a number for each unit's cluster; None where customers draw their own arms."""
    if not pair.cluster:
        return None
    return np.unique(np.array(pair.cluster, dtype=str), return_inverse=True)[1].astype(np.int64)


def _shown(result: Effect, arm: Arm, criterion: Criterion) -> ArmEffect:
    return ArmEffect(
        arm=arm.name,
        metric=criterion.metric,
        effect=result.estimate,
        low=result.low,
        high=result.high,
        sd=result.sd,
        n=result.n,
        n_treated=result.n_treated,
        n_control=result.n_control,
        method=result.method,
        estimand=result.estimand,
    )


def _locked_why(failed: Sequence[Check]) -> Bilingual:
    return Bilingual(
        zh="检查未通过，不显示效应：" + "；".join(check.found.zh for check in failed),
        en="no effect is shown while a check fails: " + "; ".join(check.found.en for check in failed),
    )


_COUNTED: Final[dict[Metric, tuple[str, str]]] = {
    "conversion": ("买入交易", "buy transactions"),
    "amount": ("买入交易", "buy transactions"),
    "plan_begun": ("新开定投", "regular investments begun"),
    "kept": ("无赎回交易", "absence of redemptions"),
    "reassessed": ("风险测评", "risk assessments"),
    "logged_in": ("手机银行登录", "logins to mobile banking"),
}


def _lineage(criterion: Criterion, fixed: Fixed) -> Bilingual:
    counted = _COUNTED[criterion.metric]
    categories = ", ".join(criterion.categories)
    of_zh, of = (f"（类别 {categories.replace(', ', '、')}）", f" of {categories}") if categories else ("", "")
    cut = "" if fixed.cut is None else f", winsorised at {fixed.cut:.0f} fen (99.9 % of the window before the start)"
    cut_zh = "" if fixed.cut is None else f"，在 {fixed.cut:.0f} 分处缩尾（开始前窗口的 99.9 % 分位）"
    days = criterion.window_days
    return Bilingual(
        zh=f"账本首次计划日后 {days} 天内的{counted[0]}{of_zh}{cut_zh}；协变量为此前 {days} 天的同一指标；"
        f"来源 ledger、{table_of(criterion.metric)}、products、contacts、发送意图",
        en=f"{counted[1]}{of} within {days} days after the first planned day in the ledger{cut}; covariate: the "
        f"same in the {days} days before; from ledger, {table_of(criterion.metric)}, products, contacts, intents",
    )
