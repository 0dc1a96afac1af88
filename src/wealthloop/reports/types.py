"""What a report is: frozen values with interval, label and date for the pages and the command line."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from wealthloop.delivery.content import Bilingual
from wealthloop.experiments import experiment_id

STATES: Final = ("sent", "withheld", "held_out", "suppressed", "failed", "unknown", "expired", "pending")
"""What can have become of a planned contact; the states of an arm add up to its planned contacts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmReport:
    """One arm of a strategy version.

    ``planned`` counts planned contacts and equals the sum of ``states``; ``n_units`` counts customers, each once, from
    their first planned day; ``n_matured`` those whose outcome window has closed.
    """

    arm: str
    control: bool
    share: float
    planned: int
    states: tuple[tuple[str, int], ...]
    n_units: int
    n_matured: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmEffect:
    """The incremental effect of a treatment arm against control, a customer.

    ``effect``, ``low`` and ``high`` are in the metric's unit (a fraction of customers, or fen); ``n`` counts matured
    customers of the arm and of control.
    """

    arm: str
    metric: str
    effect: float
    low: float
    high: float
    sd: float
    """Of the influence values, in the metric's unit."""
    n: int
    n_treated: int
    n_control: int
    method: str
    estimand: str
    incremental: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingEffect:
    """A treatment arm whose effect is not shown, and why; ``locked``: because a check fails (I12)."""

    arm: str
    metric: str
    code: str
    why: Bilingual
    locked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardrailReport:
    """What must not get worse: the share of customers harmed, above control's, with an interval for every look.

    ``standing``: ``harm`` surely above ``at_most``, ``safe`` surely not, ``open`` neither, ``waiting`` not known, and
    ``why``; ``n`` counts customers whose ``window_days`` have closed.
    """

    metric: str
    at_most: float
    effect: float | None
    low: float | None
    high: float | None
    n: int
    window_days: int
    standing: Literal["harm", "safe", "open", "waiting"]
    why: Bilingual


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One condition under which an effect may be shown, and what was found."""

    name: Literal["sample_ratio", "crossover", "reconciliation", "outcome"]
    ok: bool
    found: Bilingual


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyReport:
    """What a strategy version did, as of a day. ``funnel`` is observational: card work in order, with counts."""

    strategy_id: str
    version: int
    name: Bilingual
    metric: str
    analysis: str
    n_planned: int
    arms: tuple[ArmReport, ...]
    effects: tuple[ArmEffect, ...]
    pending: tuple[PendingEffect, ...]
    checks: tuple[Check, ...]
    funnel: tuple[tuple[str, int], ...]
    as_of: date
    lineage: Bilingual
    guardrails: tuple[GuardrailReport, ...] = ()
    unit: str = "customer"

    @property
    def locked(self) -> bool:
        """Whether a failed check keeps every effect back."""
        return not all(check.ok for check in self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A number of the bank by day; observational. A value is None where it cannot be computed."""

    name: str
    title: Bilingual
    unit: Literal["fen", "customers", "moves"]
    days: tuple[date, ...]
    values: tuple[int | None, ...]
    as_of: date
    how: Bilingual
    incremental: bool = False


def effects_json(reports: tuple[StrategyReport, ...]) -> list[dict[str, object]]:
    """Return one object for each treatment arm with an estimate: strategy, arm, metric, effect, interval, n."""
    return [
        {
            "strategy": experiment_id(report.strategy_id, report.version),
            "arm": effect.arm,
            "metric": effect.metric,
            "effect": effect.effect,
            "interval": [effect.low, effect.high],
            "n": effect.n,
        }
        for report in reports
        for effect in report.effects
    ]


def pending_json(reports: tuple[StrategyReport, ...]) -> list[dict[str, object]]:
    """Return one object for each treatment arm without an estimate: strategy, arm, metric, why."""
    return [
        {
            "strategy": experiment_id(report.strategy_id, report.version),
            "arm": waiting.arm,
            "metric": waiting.metric,
            "why": waiting.why.en,
        }
        for report in reports
        for waiting in report.pending
    ]
