"""Cards as the desk and the previews show them."""

from dataclasses import dataclass
from datetime import date, datetime

from wealthloop.delivery.content import Bilingual, CardContent, VerdictLine


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
class Said:
    """One code that can be said of a card."""

    code: str
    words: Bilingual
    key: str
    """Empty where it has none of its own."""
    counted: bool
    """Whether it was said of this card already."""


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
    codes: tuple[Said, ...]
    """Of which one must be said with it; empty where none must."""
    asks_not_before: bool
    date_label: str
    note_label: str
    date_value: date
    chosen: bool

    @property
    def asks(self) -> bool:
        """Whether a form opens before it is recorded."""
        return self.asks_date or bool(self.codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One thing that was done with a card."""

    at: datetime
    label: str
    said: Bilingual | None
    held: str
    """Why what was said does not count; empty where it does."""
    note: str
    follow_up_on: date | None
    not_before: date | None


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
    sayings: tuple[Said, ...]
    """What can be said of it at any time, one tap each."""
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
