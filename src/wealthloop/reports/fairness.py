"""Who has how much: load and value by relationship manager and branch, envy, customers whom no manager holds.

Pure functions over the decisions of one night or of several. Values are the expected incremental values by which the
nights planned, in fen; only released contacts count, for control's reach nobody. Nothing here is an effect.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from wealthloop.ledger import Disposition

MARGIN: Final = 0.10
"""By how much more a colleague's card must be worth to be envied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One decision of a night."""

    customer_id: str | None
    """None: the person's key was destroyed."""
    channel: str
    staff_id: str | None
    value: int
    released: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Who holds a customer, and in which branch; None where nobody does, or the bank names none."""

    staff_id: str | None
    branch_id: str | None


_NOBODY: Final = Held(staff_id=None, branch_id=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One relationship manager over the nights."""

    staff_id: str
    branch_id: str | None
    room: int | None
    """Cards for which the nights had room on the desk; None where a night kept none."""
    planned: int
    """Cards planned for it, control included."""
    cards: int
    """Cards that were released to it."""
    value: int
    """Of these cards, fen."""
    book: int
    touched: int
    """Customers of the book who were contacted, through whatever channel."""

    @property
    def load(self) -> float | None:
        """Cards released by cards for which there was room; None where there was none."""
        return self.cards / self.room if self.room else None

    @property
    def value_per_card(self) -> float | None:
        """Fen a card; None without a card."""
        return self.value / self.cards if self.cards else None

    @property
    def share_touched(self) -> float | None:
        """Share of the book that was contacted; None without a book."""
        return self.touched / self.book if self.book else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How unequal a figure is among desks that had room."""

    desks: int
    gini: float | None
    """0: all have as much, towards 1: one has all; None where nothing, or less than nothing, is there to divide."""
    ninety_to_ten: float | None
    """The 90th percentile by the 10th; None where the 10th is not above 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envy:
    """A relationship manager whose cards are worth less than a colleague's of the same branch, at no less load."""

    staff_id: str
    envied: str
    own_per_card: float
    envied_per_card: float
    movable: int
    """Cards of the colleague whose customers are in no book, or in another one: a plan might have placed them anew."""
    beyond_one: bool
    """Envy is left when the best movable card is taken away (EF1 fails). Never where no card is movable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """The customers of one branch over the nights."""

    branch_id: str
    customers: int
    planned: int
    contacts: int
    value: int

    @property
    def contacts_per_thousand(self) -> float | None:
        """Released contacts by a thousand customers; None without customers."""
        return 1000 * self.contacts / self.customers if self.customers else None

    @property
    def value_per_thousand(self) -> float | None:
        """Fen by a thousand customers; None without customers."""
        return 1000 * self.value / self.customers if self.customers else None


def contacts_of(decisions: pa.Table, customers: Mapping[str, str]) -> list[Contact]:
    """Return the contacts that nights of this home planned.

    Args:
        decisions: rows of the ledger; imported ones are left out.
        customers: by person key.
    """
    ours = {Disposition.RELEASED.value, Disposition.WITHHELD.value}
    rows = decisions.select(["person_key", "channel", "staff_id", "value", "disposition"]).to_pylist()
    return [
        Contact(
            customer_id=customers.get(row["person_key"]), channel=row["channel"], staff_id=row["staff_id"],
            value=row["value"] or 0, released=row["disposition"] == Disposition.RELEASED.value,
        )
        for row in rows
        if row["disposition"] in ours
    ]  # fmt: skip


def _holder(one: Contact, held: Mapping[str, Held]) -> Held:
    return held.get(one.customer_id or "", _NOBODY)


def desks(
    contacts: Iterable[Contact], staff: Mapping[str, str | None], room: Mapping[str, int] | None,
    held: Mapping[str, Held],
) -> list[Desk]:  # fmt: skip
    """Return every relationship manager's desk, by id.

    Args:
        contacts: of the nights.
        staff: branches of the relationship managers.
        room: cards for which the nights had room, by manager; None: not kept.
        held: who holds each customer.
    """
    planned, cards, value = Counter[str](), Counter[str](), Counter[str]()
    touched: defaultdict[str, set[str]] = defaultdict(set)
    for one in contacts:
        if one.channel == "rm" and one.staff_id is not None:
            planned[one.staff_id] += 1
            cards[one.staff_id] += one.released
            value[one.staff_id] += one.value if one.released else 0
        owner = _holder(one, held).staff_id
        if one.released and owner is not None and one.customer_id is not None:
            touched[owner].add(one.customer_id)
    book = Counter(one.staff_id for one in held.values())
    return [
        Desk(
            staff_id=name, branch_id=branch, room=None if room is None else room.get(name, 0), planned=planned[name],
            cards=cards[name], value=value[name], book=book[name], touched=len(touched[name]),
        )
        for name, branch in sorted(staff.items())
    ]  # fmt: skip


def had_room(several: Iterable[Desk]) -> list[Desk]:
    """Return the desks on which anything could be laid: those of people who are away say nothing of fairness."""
    return [one for one in several if one.room is None or one.room > 0]


def spread(figures: Sequence[float]) -> Spread:
    """Return how unequal figures are.

    The Gini coefficient is the mean absolute difference of two of them by twice their mean, every pair with itself
    counted (Gini 1912). Percentiles lie linearly between the ordered figures.

    Example:
        >>> spread([1, 1, 1, 5])
        Spread(desks=4, gini=0.375, ninety_to_ten=3.8)
    """
    ordered = np.sort(np.array(figures, dtype=np.float64))
    total = float(ordered.sum())
    gini = None
    if ordered.size and ordered[0] >= 0 and total > 0:
        places = np.arange(1, ordered.size + 1)
        gini = float(2 * (places @ ordered) / (ordered.size * total) - (ordered.size + 1) / ordered.size)
    low, high = np.percentile(ordered, [10, 90]) if ordered.size else (0.0, 0.0)
    return Spread(desks=ordered.size, gini=gini, ninety_to_ten=float(high / low) if low > 0 else None)


def envy(
    several: Iterable[Desk], contacts: Iterable[Contact], held: Mapping[str, Held], *, margin: float = MARGIN
) -> list[Envy]:
    """Return each manager who envies a colleague, with the colleague whose cards are worth the most.

    A manager envies a colleague of the same branch whose cards are worth more each, by more than a margin, at no more
    load. Values are common to all, so envy-freeness up to one item (EF1; Lipton, Markakis, Mossel and Saberi 2004,
    Budish 2011) asks whether the colleague's cards without one are worth no more than one's own. Books decide who may
    serve whom, so only cards of customers outside the colleague's book could have been anybody's: the one that is
    taken away is the best of these, and where there is none the plan could not have done otherwise.
    """
    movable: defaultdict[str, list[int]] = defaultdict(list)
    for one in contacts:
        on_desk = one.released and one.channel == "rm"
        if on_desk and one.staff_id is not None and _holder(one, held).staff_id != one.staff_id:
            movable[one.staff_id].append(one.value)
    by_branch: defaultdict[str, list[Desk]] = defaultdict(list)
    for desk in several:
        if desk.branch_id is not None and desk.cards and desk.load is not None:
            by_branch[desk.branch_id].append(desk)
    found: list[Envy] = []
    for branch in sorted(by_branch):
        ordered = sorted(by_branch[branch], key=lambda desk: (-desk.value / desk.cards, desk.staff_id))
        for own in sorted(ordered, key=lambda desk: desk.staff_id):
            best = next((one for one in ordered if _envies(own, one, margin)), None)
            if best is not None:
                found.append(_envy(own, best, movable[best.staff_id]))
    return found


def _envies(own: Desk, other: Desk, margin: float) -> bool:
    assert own.load is not None
    assert other.load is not None
    worth_more = other.value / other.cards > (1 + margin) * own.value / own.cards
    return worth_more and other.load <= own.load


def _envy(own: Desk, other: Desk, movable: Sequence[int]) -> Envy:
    return Envy(
        staff_id=own.staff_id, envied=other.staff_id, own_per_card=own.value / own.cards,
        envied_per_card=other.value / other.cards, movable=len(movable),
        beyond_one=bool(movable) and own.value < other.value - max(movable),
    )  # fmt: skip


def branches(contacts: Iterable[Contact], held: Mapping[str, Held]) -> list[Branch]:
    """Return the customers of every branch, by id; who is in no branch is in none of them."""
    customers = Counter(one.branch_id for one in held.values())
    planned, released, value = Counter[str | None](), Counter[str | None](), Counter[str | None]()
    for one in contacts:
        branch = _holder(one, held).branch_id
        planned[branch] += 1
        released[branch] += one.released
        value[branch] += one.value if one.released else 0
    return [
        Branch(
            branch_id=name, customers=customers[name], planned=planned[name], contacts=released[name],
            value=value[name],
        )
        for name in sorted(name for name in customers if name is not None)
    ]  # fmt: skip


def reached(contacts: Iterable[Contact], of: Iterable[str]) -> tuple[int, dict[str, int]]:
    """Return how many of some customers were contacted, and how many through each channel, the most first."""
    wanted = set(of)
    through: defaultdict[str, set[str]] = defaultdict(set)
    for one in contacts:
        if one.released and one.customer_id in wanted:
            through[one.channel].add(one.customer_id)
    everybody = set[str]().union(*through.values())
    counts = {channel: len(customers) for channel, customers in through.items()}
    return len(everybody), dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
