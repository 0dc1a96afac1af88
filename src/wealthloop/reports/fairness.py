"""Who has how much: load and value by relationship manager and branch, customers whom no manager holds.

Pure functions over the decisions of one night or of several. Values are the expected incremental values by which the
nights planned, in fen; only released contacts count, for control's reach nobody. Nothing here is an effect.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from wealthloop.ledger import Disposition


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


def holder(one: Contact, held: Mapping[str, Held]) -> Held:
    """Return who holds the customer of a contact."""
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
        owner = holder(one, held).staff_id
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


def branches(contacts: Iterable[Contact], held: Mapping[str, Held]) -> list[Branch]:
    """Return the customers of every branch, by id; who is in no branch is in none of them."""
    customers = Counter(one.branch_id for one in held.values())
    planned, released, value = Counter[str | None](), Counter[str | None](), Counter[str | None]()
    for one in contacts:
        branch = holder(one, held).branch_id
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
