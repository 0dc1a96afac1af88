"""Whose sales they are 业绩归属: purchases that followed a contact, credited by their strategy's own rule.

A credit is observational: it says whose contact a purchase followed, not that the contact brought it about; what a
strategy added is its incremental effect.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal
from zoneinfo import ZoneInfo

from wealthloop.access.models import Person
from wealthloop.bank import BankTables
from wealthloop.delivery.models import CardEvent
from wealthloop.delivery.transitions import Outcome
from wealthloop.delivery.types import Conversion
from wealthloop.engines import Engine
from wealthloop.kit import day_of, parts_of, stable_id
from wealthloop.reports.conversions import SuccessCategories, conversions
from wealthloop.strategies.parts import SALES, SalesCredit
from wealthloop.strategies.repository import held_in, versions

CONTACTS: Final = (
    Outcome.REACHED, Outcome.INTENT_HIGH, Outcome.INTENT_MEDIUM, Outcome.INTENT_LOW, Outcome.APPOINTMENT,
    Outcome.FOLLOW_UP, Outcome.NOT_NOW, Outcome.WRONG_PRODUCT,
)  # fmt: skip
"""What shows that somebody spoke with the customer."""
_AT_ONCE: Final = 900

Role = Literal["claimer", "owner"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """A part of one purchase, credited to one person; the parts of a purchase add up to it."""

    transaction_id: str
    on: date
    strategy_id: str
    version: int
    card_id: str
    contacted_on: date
    staff_id: str
    """Empty where nobody held the customer on the day of the purchase."""
    branch_id: str
    """Empty where the bank names none."""
    role: Role
    amount: int
    """Fen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Won:
    """A purchase, the card that it won, and the last contact before it."""

    purchase: Conversion
    card_id: str
    version: int
    claimed_by: str
    contacted_on: date
    rule: SalesCredit


def credits_of(bank: BankTables, engine: Engine, *, zone: ZoneInfo, since: date, as_of: date) -> list[Credit]:
    """Return the credits of the purchases of bank days ``since`` to ``as_of`` that won a card.

    A purchase is credited once, whatever number of strategies it won cards of: by the card with the newest contact.
    A card that nobody worked before the purchase, or too long before it, credits nobody, nor does a version without
    a rule.
    """
    rules = _rules()
    wanted = [SuccessCategories(strategy_id=name, categories=of) for name, of in _criteria().items()]
    found = conversions(bank, engine, strategies=wanted, since=since, as_of=as_of)
    branches = dict(_pairs(bank, "staff", ("staff_id", "branch_id"), as_of))
    owners = _owners(bank, as_of)
    staff_of = dict(Person.objects.values_list("username", "staff_id"))
    return [
        Credit(
            transaction_id=one.purchase.transaction_id, on=one.purchase.on, strategy_id=one.purchase.strategy_id,
            version=one.version, card_id=one.card_id, contacted_on=one.contacted_on, staff_id=staff_id,
            branch_id=branches.get(staff_id) or "", role=role, amount=amount,
        )
        for one in _once(_won(found, rules, zone))
        for role, staff_id, amount in shares(
            one.rule, one.purchase.amount, claimer=staff_of.get(one.claimed_by, ""),
            owner=_owner(owners, one.purchase.customer_id, one.purchase.on),
        )
    ]  # fmt: skip


def shares(rule: SalesCredit, amount: int, *, claimer: str, owner: str) -> list[tuple[Role, str, int]]:
    """Return role, person and fen of each part; an odd fen is the claimer's.

    Example:
        >>> shares(SalesCredit(to="shared", window_days=30), 101, claimer="S1", owner="S2")
        [('claimer', 'S1', 51), ('owner', 'S2', 50)]
    """
    if rule.to == "claimer":
        return [("claimer", claimer, amount)]
    if rule.to == "owner":
        return [("owner", owner, amount)]
    half = amount // 2
    return [("claimer", claimer, amount - half), ("owner", owner, half)]


def by_person(found: Iterable[Credit]) -> list[tuple[str, str, int, int]]:
    """Return branch, person, purchases and fen, the branch first; a person who has both halves has one purchase."""
    amounts: defaultdict[tuple[str, str], int] = defaultdict(int)
    purchases: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for one in found:
        amounts[one.branch_id, one.staff_id] += one.amount
        purchases[one.branch_id, one.staff_id].add(one.transaction_id)
    return [(*who, len(purchases[who]), amounts[who]) for who in sorted(amounts)]


def _rules() -> dict[tuple[str, int], SalesCredit | None]:
    return {(row.strategy_id, row.version): held_in(row)[0].sales_credit for row in versions()}


def _criteria() -> dict[str, tuple[str, ...]]:
    """Return the categories that count for each strategy whose success is a sale, over its launched versions."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in versions():
        success = held_in(row)[0].success
        if row.launched_on is not None and success.metric in SALES:
            found[row.strategy_id] |= set(success.categories)
    return {name: tuple(sorted(categories)) for name, categories in found.items()}


def _won(
    found: Sequence[Conversion], rules: Mapping[tuple[str, int], SalesCredit | None], zone: ZoneInfo
) -> list[_Won]:
    """Return the purchases that won a card on which somebody spoke with the customer within the rule's window."""
    by_request = {stable_id("won", one.strategy_id, one.transaction_id): one for one in found}
    won: list[_Won] = []
    for part in parts_of(sorted(by_request), _AT_ONCE):
        for event in CardEvent.objects.filter(request_id__in=part).select_related("card__intent").order_by("pk"):
            purchase, card = by_request[event.request_id], event.card
            rule = rules.get((card.intent.strategy_id, card.intent.strategy_version))
            contact = _last_contact(card.pk, purchase.on, zone)
            if rule is not None and contact is not None and (purchase.on - contact).days <= rule.window_days:
                won.append(
                    _Won(
                        purchase=purchase, card_id=card.pk, version=card.intent.strategy_version,
                        claimed_by=card.claimed_by, contacted_on=contact, rule=rule,
                    )
                )  # fmt: skip
    return won


def _last_contact(card_id: str, until: date, zone: ZoneInfo) -> date | None:
    rows = CardEvent.objects.filter(card_id=card_id, outcome__in=CONTACTS).values_list("at", flat=True)
    return max((day for at in rows if (day := day_of(at, zone)) <= until), default=None)


def _once(won: Iterable[_Won]) -> list[_Won]:
    """Return each purchase once, by the card with the newest contact."""
    newest: dict[str, _Won] = {}
    for one in sorted(won, key=lambda w: (w.contacted_on, w.purchase.strategy_id, w.card_id)):
        newest[one.purchase.transaction_id] = one
    return [newest[name] for name in sorted(newest)]


def _pairs(bank: BankTables, table: str, columns: tuple[str, str], as_of: date) -> list[tuple[str, str]]:
    if not bank.has(table):
        return []
    rows = bank.read(table, columns, as_of=as_of).to_pylist()
    return [(row[columns[0]], row[columns[1]]) for row in rows]


def _owners(bank: BankTables, as_of: date) -> dict[str, list[tuple[date, date | None, str]]]:
    """Return by customer who held them, from when to when."""
    found: defaultdict[str, list[tuple[date, date | None, str]]] = defaultdict(list)
    if bank.has("book_assignments"):
        for row in bank.read("book_assignments", ("customer_id", "rm_id", "from", "to"), as_of=as_of).to_pylist():
            found[row["customer_id"]].append((row["from"], row["to"], row["rm_id"]))
    return found


def _owner(owners: Mapping[str, Sequence[tuple[date, date | None, str]]], customer_id: str, on: date) -> str:
    held = [(first, rm) for first, last, rm in owners.get(customer_id, ()) if first <= on and (not last or last >= on)]
    return max(held)[1] if held else ""
