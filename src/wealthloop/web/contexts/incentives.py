"""What the pages of incentives and of the library get."""

from dataclasses import dataclass
from datetime import date

from wealthloop.delivery.content import Bilingual
from wealthloop.strategies.parts import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLine:
    """One arm; texts are ratios with their intervals, or a dash."""

    arm: str
    given: int
    n: str
    value: str
    sales: str
    beside: str
    marginal: str
    code: str
    advice: str
    why: Bilingual


@dataclass(frozen=True, slots=True, kw_only=True)
class IncentiveSection:
    """One strategy version."""

    name: Bilingual
    strategy_id: str
    version: int
    metric: str
    hurdle: str
    price: str
    """Empty where there is no budget."""
    method: str
    arms: tuple[ReturnLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncentivesPage:
    """What incentives brought in, as of a day."""

    sections: tuple[IncentiveSection, ...]
    rule: Bilingual
    as_of: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyLine:
    """One strategy of the library; ``version`` is the newest in this home, 0 where there is none."""

    strategy_id: str
    name: Words
    purpose: Words
    owner: str
    triggers: tuple[str, ...]
    channels: tuple[str, ...]
    offers: tuple[str, ...]
    success: str
    says: Words
    """The talk track."""
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryPage:
    """The ready strategies; ``may_draft``: the reader may begin one."""

    lines: tuple[ReadyLine, ...]
    may_draft: bool
