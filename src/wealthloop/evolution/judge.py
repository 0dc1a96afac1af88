"""What the children have shown: confirmed by the stream, lost, run out, or fading; proposals for people to decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import transaction

from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.evolution.models import Confirmation, Kind, Proposal, ProposalState
from wealthloop.evolution.repository import in_test, stream
from wealthloop.experiments import Effect, experiment_id
from wealthloop.experiments.online import log_e_value
from wealthloop.kit import Home, stable_id
from wealthloop.reports.lift import effects
from wealthloop.reports.types import ArmEffect, StrategyReport
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.ending import due
from wealthloop.strategies.life import Running, alive_on
from wealthloop.strategies.load import dump
from wealthloop.strategies.parts import ArmShare, Prior, Stop

SCALED: Final = (
    ArmShare(name="contact", share=0.95, control=False),
    ArmShare(name="control", share=0.05, control=True),
)
"""The arms of a confirmed strategy: a small control stays, so that fading is seen."""

Reports = Mapping[str, StrategyReport]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a look at the reports has led to."""

    confirmed: tuple[Confirmation, ...]
    proposed: tuple[Proposal, ...]


def judge(bank: BankTables, engine: Engine, home: Home, *, as_of: date) -> Judged:
    """Confirm the children that the stream allows, and propose what follows for every running strategy.

    May be repeated: what is confirmed stays so, and a proposal that stands is not made again.
    """
    reports = {f"{one.strategy_id}/v{one.version}": one for one in effects(bank, engine, home, as_of=as_of)}
    alive = {one.experiment: one for one in alive_on(as_of)}
    over = {experiment_id(one.strategy_id, one.version): one.why for one in due(home, as_of)}
    with transaction.atomic():
        confirmed = _confirm(reports, as_of)
        proposed = [
            *(_scaled(one, alive, as_of) for one in Confirmation.objects.select_related("proposal")),
            *(_ended(one, reports.get(name), over.get(name), as_of) for name, one in alive.items()),
        ]
    return Judged(confirmed=tuple(confirmed), proposed=tuple(one for one in proposed if one is not None))


def evidence_value(shown: ArmEffect, n_planned: int) -> float:
    """Return the logarithm of the e-value of what a report shows, against no effect."""
    effect = Effect(
        estimate=shown.effect, low=shown.low, high=shown.high, n=shown.n, n_treated=shown.n_treated,
        n_control=shown.n_control, sd=shown.sd, method=shown.method, estimand=shown.estimand,
    )  # fmt: skip
    return log_e_value(effect, n_planned=n_planned)


def _confirm(reports: Reports, as_of: date) -> list[Confirmation]:
    """Confirm one child after another, the surest first: each makes the next easier, as e-LOND has it."""
    waiting = []
    for row in in_test():
        report = reports.get(f"{row.strategy_id}/v{row.version}")
        if report is not None and len(report.effects) == 1:
            waiting.append((evidence_value(report.effects[0], report.n_planned), row, report.effects[0]))
    made = []
    for log_e, row, shown in sorted(waiting, key=lambda one: (-one[0], one[1].proposal_id)):
        tests = stream(row.stream or 1)
        if tests.confirms(log_e):
            made.append(_confirmed(row, shown, log_e, tests.level(), as_of))
    return made


def _confirmed(row: Proposal, shown: ArmEffect, log_e: float, level: float, as_of: date) -> Confirmation:
    return Confirmation.objects.create(
        proposal=row, on=as_of, log_e=log_e, level=level, effect=shown.effect, low=shown.low, high=shown.high,
        n=shown.n,
    )  # fmt: skip


def _scaled(confirmed: Confirmation, alive: Mapping[str, Running], as_of: date) -> Proposal | None:
    """Propose a confirmed child for everybody, while its first version still runs."""
    version = alive.get(f"{confirmed.proposal.strategy_id}/v{confirmed.proposal.version}")
    if version is None or version.document.reserve is None:
        return None
    document = version.document.model_copy(
        update={
            "reserve": None, "arms": SCALED, "stop": Stop(), "ramp": (),
            "effect_prior": _learnt(version.document, confirmed),
        }
    )  # fmt: skip
    shown = {"effect": confirmed.effect, "low": confirmed.low, "high": confirmed.high, "n": confirmed.n}
    return _once(Kind.SCALE, version, document, {"log_e": confirmed.log_e, "level": confirmed.level, **shown}, as_of)


def _learnt(document: Strategy, confirmed: Confirmation) -> dict[str, Prior]:
    prior = Prior(mean=confirmed.effect, sd=max((confirmed.high - confirmed.low) / 6, 1e-4))
    return dict.fromkeys(document.effect_prior, prior)


def _ended(version: Running, report: StrategyReport | None, over: str | None, as_of: date) -> Proposal | None:
    """Propose the end of a strategy that is surely not worth it, or that is over and has shown all that it will."""
    document = version.document
    shown = report.effects[0] if report is not None and len(report.effects) == 1 else None
    arms = () if report is None else report.arms
    units, matured = sum(arm.n_units for arm in arms), sum(arm.n_matured for arm in arms)
    why = over if units == matured else None
    if shown is not None and shown.high < document.success.minimum_worthwhile_effect:
        why = "lost" if document.reserve is not None else "fades"
    if why is None:
        return None
    seen = None if shown is None else {"effect": shown.effect, "low": shown.low, "high": shown.high, "n": shown.n}
    return _once(Kind.RETIRE, version, None, {"why": why, "units": units, "shown": seen}, as_of)


def _once(
    kind: Kind, version: Running, document: Strategy | None, evidence: dict[str, Any], as_of: date
) -> Proposal | None:
    """Make a proposal about a version, unless one of its kind is open or was accepted."""
    standing = Proposal.objects.filter(
        kind=kind, about=version.experiment, state__in=(ProposalState.OPEN, ProposalState.ACCEPTED)
    )
    if standing.exists():
        return None
    return Proposal.objects.create(
        proposal_id=stable_id(kind.value, version.experiment, as_of.isoformat()), kind=kind,
        strategy_id=version.strategy_id, about=version.experiment,
        document=None if document is None else dump(document), evidence=evidence, proposed_on=as_of,
    )  # fmt: skip


def verdict_of(evidence: Mapping[str, Any]) -> str:
    """Return the verdict with which a version ends, by why its end was proposed."""
    return "lost" if evidence["why"] in ("lost", "fades") else "inconclusive"


def looks(reports: Sequence[StrategyReport]) -> dict[str, float]:
    """Return the logarithm of the e-value of every version with one shown effect, by ``id/vN``."""
    return {
        f"{one.strategy_id}/v{one.version}": evidence_value(one.effects[0], one.n_planned)
        for one in reports
        if len(one.effects) == 1
    }
