"""What the page of fairness gets."""

from dataclasses import dataclass
from datetime import date

from wealthloop.delivery.content import Bilingual


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadLine:
    """How unequal a figure is among desks with room."""

    name: str
    gini: str
    ratio: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskLine:
    """One relationship manager; money in fen, shares as fractions, None: not known or none."""

    staff_id: str
    branch_id: str
    room: int | None
    planned: int
    """Control included."""
    cards: int
    load: float | None
    value: int
    per_card: int | None
    touched: float | None
    envied: str
    """The colleague; empty where there is no envy."""
    movable: bool
    """Whether the plan might have spared it."""
    picks: bool
    """Whether rich customers are surely taken up more than their place explains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchLine:
    """One branch; counts and what goes by the thousand are written as the reader may see them."""

    branch_id: str
    customers: str
    contacts: str
    contacts_per_thousand: str
    value_per_thousand: int | None
    floor: str
    """Contacts asked for; empty without a floor."""
    missed: tuple[str, ...]
    """Why the floor was missed; empty where it was held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorthLine:
    """What the plan was worth, or gave up for one thing; fen, None: not known."""

    name: str
    value: int | None
    share: float | None = None
    """Of the plan's value."""
    why: str = ""
    """Why the value is not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimumLine:
    """How one strategy stood to its minimum."""

    strategy_id: str
    least: int
    """Contacts asked for."""
    missed: tuple[str, ...]
    """Why the minimum was missed; empty where it was held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FairnessPage:
    """Who had how much in the newest night; ``as_of`` is None where no night has planned."""

    as_of: date | None
    spreads: tuple[SpreadLine, ...] = ()
    margin: float = 0.0
    desks: tuple[DeskLine, ...] = ()
    desks_in_all: int = 0
    sees_people: bool = False
    envious: int = 0
    beyond_one: int = 0
    branches: tuple[BranchLine, ...] = ()
    has_floors: bool = False
    """Whether any branch has a floor."""
    minimums: tuple[MinimumLine, ...] = ()
    """Of the strategies that have one."""
    worth: tuple[WorthLine, ...] = ()
    unheld: tuple[tuple[str, str], ...] = ()
    """What is counted of customers without a manager, and the count as the reader may see it."""
    through: tuple[tuple[str, str], ...] = ()
    """Of those contacted, by channel."""
    priced: bool = False
    """Whether the night kept its prices."""
    full_desks: tuple[int, int] = (0, 0)
    """Desks on which one more card would have been worth something, of how many."""
    more: tuple[Bilingual, ...] = ()
    """What one more of what was scarce would have been worth; of desks and households the dearest alone."""
    plenty: tuple[Bilingual, ...] = ()
    """That of the rest there was enough."""
