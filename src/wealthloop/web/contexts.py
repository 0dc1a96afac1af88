"""What each page gets: one typed value. Instants in them are in the bank's zone, money is in fen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.forms import Form

from wealthloop.bank.report import Sentence
from wealthloop.delivery.content import Bilingual, CardContent, VerdictLine
from wealthloop.insight import ContactLine, Happening, HoldingLine, Panorama, Tag
from wealthloop.reports import StrategyReport
from wealthloop.strategies.document import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPage:
    """The login form."""

    form: Form
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRow:
    """A card in the list of the day."""

    card_id: str
    masked_name: str
    action: Bilingual
    value: int | None
    state: str
    due_on: date | None
    due: bool
    days_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CardList:
    """The day's cards in the order in which they are to be worked, and the follow-ups of later days."""

    rows: tuple[CardRow, ...]
    later: tuple[CardRow, ...]
    open_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One outcome that may be recorded now."""

    code: str
    key: str
    label: str
    lead: str
    """A word before it, where a group begins."""
    second_line: bool
    """Whether a new line begins with it."""
    asks_date: bool
    asks_note: bool
    date_label: str
    note_label: str
    date_value: date
    chosen: bool

    @property
    def asks(self) -> bool:
        """Whether a form opens before it is recorded."""
        return self.asks_date or self.asks_note


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One thing that was done with a card."""

    at: datetime
    label: str
    note: str
    follow_up_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCard:
    """The card that is open; ``told`` is what has just happened, ``ended`` how it ended."""

    card_id: str
    customer_id: str
    state: str
    content: CardContent
    verdicts: tuple[VerdictLine, ...]
    more_verdicts: tuple[VerdictLine, ...]
    days_left: int
    position: int | None
    total: int
    today: date
    request_id: str
    can_claim: bool
    steps: tuple[Step, ...]
    history: tuple[Done, ...]
    told: str
    ended: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPage:
    """The desk of a day."""

    today: date
    since: int
    """The newest change that the list has seen."""
    cards: CardList
    card: OpenCard | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """The answer to something done with a card: the list, the card that is open now, and what was done."""

    cards: CardList
    card: OpenCard | None
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A chart and the table behind it; numbers in ``values`` are in the unit that the heading names."""

    name: str
    title: str
    unit: str
    note: str
    label: str
    """The first column's heading."""
    rows: tuple[str, ...]
    series: tuple["Line", ...]
    kind: str
    """``lines``, ``stack`` or ``bars``."""
    marks: tuple[tuple[str, str], ...] = ()
    """(row, word): moments worth marking."""

    @property
    def element_id(self) -> str:
        """Where on the page the data stand."""
        return f"plot-{self.name}"

    @property
    def data(self) -> dict[str, object]:
        """What the chart draws, as JSON."""
        lines = [{"name": line.name, "values": list(line.values)} for line in self.series]
        return {
            "kind": self.kind,
            "title": self.title,
            "unit": self.unit,
            "rows": list(self.rows),
            "series": lines,
            "marks": [{"row": row, "word": word} for row, word in self.marks],
        }

    @property
    def table(self) -> list[tuple[str, list[float | None]]]:
        """The table behind the chart, newest first."""
        lines = [(row, [line.values[at] for line in self.series]) for at, row in enumerate(self.rows)]
        return lines[::-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line, layer or row of bars of a chart."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookRow:
    """A customer in the list of those in scope."""

    customer_id: str
    masked_name: str
    tier: str
    lifecycle: str
    life_stage: str
    aum_average: int | None
    available_now: int | None
    available_30d: int | None
    suitability_level: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersPage:
    """The customers in scope, the largest first; ``total`` counts those that match."""

    query: str
    rows: tuple[BookRow, ...]
    total: int
    basis: str
    """From what the AUM is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPast:
    """A card of the past or present of a customer."""

    card_id: str
    on: date
    strategy: Bilingual
    action: Bilingual
    state: str
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPage:
    """The panorama of one customer."""

    masked_name: str
    seen: Panorama
    plot: Plot | None
    newest: tuple[Happening, ...]
    older: tuple[Happening, ...]
    cards: tuple[CardPast, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SidePanel:
    """The short panorama beside an open card; ``seen`` is None where the customer is in another book now."""

    customer_id: str
    seen: Panorama | None
    tags: tuple[Tag, ...]
    """Those that the card itself does not show better."""
    plot: Plot | None
    holdings: tuple[HoldingLine, ...]
    happenings: tuple[Happening, ...]
    contacts: tuple[ContactLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A count that may be shown; ``text`` hides a small one outside the reader's scope."""

    name: str
    text: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentsPage:
    """Customers by tier, lifecycle and life stage."""

    total: str
    groups: tuple[tuple[str, tuple[Count, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestRow:
    """One effect on the forest plot; places are in the plot's own units, 0 to 1000."""

    label: str
    low: float
    point: float
    high: float
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """Effects of one metric under each other, with the zero line."""

    rows: tuple[ForestRow, ...]
    zero: float
    ticks: tuple[tuple[float, str], ...]
    height: int


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsPage:
    """What the strategies did, and the bank by day."""

    states: tuple[str, ...]
    sections: tuple[StrategySection, ...]
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
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategiesPage:
    """Every version; ``stopped`` says who stopped all sending."""

    lines: tuple[StrategyLine, ...]
    stopped: str


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewCard:
    """A card of a demonstration bank, with which nobody can be contacted."""

    number: int
    customer_id: str
    content: CardContent
    verdicts: tuple[VerdictLine, ...]
    more_verdicts: tuple[VerdictLine, ...]
    days_left: int
    position: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewPage:
    """The previews of the newest night, one of them open."""

    rows: tuple[PreviewCard, ...]
    card: PreviewCard | None
