"""What people at desks say, and whose work is picked."""

from dataclasses import dataclass

from wealthloop.delivery.content import Bilingual


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeLine:
    """A code with how often it was said."""

    words: Bilingual
    about: str
    said: str
    share: float
    """Of the most frequent, for a bar; 0 where the count is hidden."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterLine:
    """Notes that are alike."""

    size: str
    examples: tuple[str, ...]
    codes: tuple[Bilingual, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionLine:
    """What is suggested for the next version of a strategy."""

    strategy: str
    words: Bilingual
    codes: tuple[Bilingual, ...]
    cards: int
    share: float
    low: float
    high: float
    can_be_made: bool
    """Whether the edits are written, or only a person can write them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareLine:
    """A share of cards taken up, as it may be shown."""

    name: str
    cards: str
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """One desk's picking and credit; a dash where too few cards are there."""

    staff_id: str
    cards: str
    worked: ShareLine
    first: str
    richer: str
    purchases: int
    credited: int
    """Fen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackPage:
    """Ninety days of feedback within the reader's scope."""

    codes: tuple[CodeLine, ...]
    held: str
    clusters: tuple[ClusterLine, ...]
    hidden_clusters: int
    suggestions: tuple[SuggestionLine, ...]
    deciles: tuple[ShareLine, ...]
    tiers: tuple[ShareLine, ...]
    people: tuple[PersonLine, ...]
    sees_people: bool
