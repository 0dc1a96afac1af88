"""Reports, strategies, segments, bank data, and the login."""

from dataclasses import dataclass
from datetime import date

from django.forms import Form

from wealthloop.bank.report import Sentence
from wealthloop.reports import StrategyReport
from wealthloop.strategies.parts import Words
from wealthloop.web.contexts.charts import Count, Forest, Plot
from wealthloop.web.contexts.life import LifeLine


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPage:
    """The login form."""

    form: Form
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentsPage:
    """Customers by tier, lifecycle and life stage."""

    total: str
    groups: tuple[tuple[str, tuple[Count, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectLine:
    """The effect of a treatment arm, or why there is none."""

    arm: str
    text: str
    """``+1.2 % (0.3 % to 2.1 %)``; a dash where nothing may be shown."""
    why: str
    """The reason of a dash."""
    counts: str
    method: str
    move: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmLine:
    """An arm with its counts by state, in the order of the page's states."""

    arm: str
    marked: bool
    """Whether to say that it is the control, which its name does not say."""
    share: float
    planned: str
    states: tuple[str, ...]
    units: str
    matured: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """A check and what it found; nothing is said of what it found where that would tell a small count."""

    name: str
    ok: bool
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardrailLine:
    """What must not get worse, how it stands, and the interval beside what is allowed."""

    name: str
    standing: str
    word: str
    """What the standing is called."""
    text: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingLine:
    """One metric of a standing experiment."""

    metric: str
    primary: bool
    text: str
    pvalue: str
    method: str
    move: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingSection:
    """One standing experiment on the report."""

    name: str
    period: str
    begins: date
    ends: date
    arms: tuple[tuple[str, str, str], ...]
    """Name, customers, clusters (empty where customers draw)."""
    effects: tuple[StandingLine, ...]
    pending: str
    checks: tuple[CheckLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategySection:
    """One strategy version on the report."""

    report: StrategyReport
    metric: str
    arms: tuple[ArmLine, ...]
    effects: tuple[EffectLine, ...]
    checks: tuple[CheckLine, ...]
    forest: Forest | None
    funnel: tuple[Count, ...]
    own: bool
    """Whether the funnel counts the reader's own cards only."""
    guardrails: tuple[GuardrailLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsPage:
    """What the strategies did, and the bank by day."""

    states: tuple[str, ...]
    sections: tuple[StrategySection, ...]
    standing: tuple[StandingSection, ...]
    plots: tuple[Plot, ...]
    dashes: tuple[tuple[str, str], ...]
    """(title, reason) of charts that cannot be drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyLine:
    """One version of a strategy."""

    strategy_id: str
    version: int
    name: Words
    purpose: Words
    state: str
    owner: str
    author: str
    approved_by: str
    approved_on: date | None
    launched_on: date | None
    triggers: tuple[str, ...]
    channels: tuple[str, ...]
    arms: tuple[tuple[str, float, bool], ...]
    """Name, share, and whether to say that it is the control, which its name does not say."""
    success: str
    daily_maximum: int
    daily_minimum: int | None
    """None: it has none."""
    content_hash: str
    model_id: str
    model_flags: tuple[tuple[str, str, str], ...]
    """Code, word, what follows for the strategy; none before the model is trained."""
    life: LifeLine


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategiesPage:
    """Every version; ``stopped`` says who stopped all sending, ``told`` why a step was not taken."""

    lines: tuple[StrategyLine, ...]
    stopped: str
    told: str
    can_edit: bool = False
    """Whether the reader may write strategies."""
    may_rehearse: bool = False
    """Whether the reader may see what a version would do before its launch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLine:
    """One table of the contract, over all loads."""

    name: str
    has: bool
    required: bool
    accepted: int
    quarantined: int
    imputed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadLine:
    """One load."""

    load: int
    as_of: date
    status: str
    source: str
    rows_in: int
    accepted: int
    quarantined: int
    gates: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BankPage:
    """What the bank has handed over and what it lacks."""

    tables: tuple[TableLine, ...]
    loads: tuple[LoadLine, ...]
    not_computable: tuple[Sentence, ...]
    assumptions: tuple[Sentence, ...]
    examples: tuple[tuple[str, str, int, str, str], ...]
    """Refused rows of the newest load: table, file, line, column, rule."""
