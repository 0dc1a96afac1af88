"""Every query of this room on the state plane: what was said of cards, and which cards were worked."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from wealthloop.delivery.codes import CODES, Code, Says
from wealthloop.delivery.models import CardEvent
from wealthloop.kit import day_of
from wealthloop.policies.types import Told

DONE: Final = ("already_here", "already_elsewhere")
"""Codes after which the leads of the same trigger are over."""
_LEADS_LIVE: Final = timedelta(days=92)
_AT_ONCE: Final = 900
"""Customers up to whom theirs alone are asked for: of more, one pass over all that was said is quicker."""
_FIELDS: Final = (
    "card_id", "card__customer_id", "card__staff_id", "card__intent__strategy_id", "card__intent__strategy_version",
    "card__intent__product_id", "card__content__trigger", "card__sent_on", "outcome", "code", "note", "at",
    "not_before",
)  # fmt: skip

_CARD: Final = ("card_id", "card__intent__strategy_id", "card__intent__product_id", "card__content__trigger")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One code that counts, with the card that it was said of."""

    card_id: str
    customer_id: str
    staff_id: str
    strategy_id: str
    version: int
    product_id: str
    trigger: str
    sent_on: date
    outcome: str
    code: str
    note: str
    at: datetime
    not_before: date | None

    @property
    def meaning(self) -> Code:
        """What the code means."""
        return CODES[self.code]


def said(*, before: datetime, strategy_id: str = "", version: int = 0) -> list[Said]:
    """Return the codes that count and were said before an instant, the oldest first.

    Args:
        before: up to here, this instant left out.
        strategy_id: of this strategy's cards alone; empty for all.
        version: of this version alone; 0 for all.
    """
    rows = _counted().filter(at__lt=before)
    rows = rows.filter(card__intent__strategy_id=strategy_id) if strategy_id else rows
    rows = rows.filter(card__intent__strategy_version=version) if version else rows
    names = tuple(Said.__dataclass_fields__)
    return [Said(**dict(zip(names, row, strict=True))) for row in rows.order_by("at", "pk").values_list(*_FIELDS)]


def told(customers: Collection[str], *, now: datetime, category_of: Mapping[str, str]) -> dict[str, tuple[Told, ...]]:
    """Return what the rules of contact know of feedback, by customer; who was not spoken of is left out.

    Args:
        customers: of whom.
        now: what was said up to this instant.
        category_of: each product's category.
    """
    found: defaultdict[str, list[Told]] = defaultdict(list)
    wanted = set(customers)
    names = ("card__customer_id", "code", "at", "card__intent__product_id", "not_before")
    rows = _counted().filter(at__lte=now).order_by("at", "pk")
    if len(wanted) <= _AT_ONCE:
        rows = rows.filter(card__customer_id__in=wanted)
    for customer, code, at, product, not_before in rows.values_list(*names):
        if customer in wanted:
            one = Told(code=code, at=at, category=category_of.get(product), not_before=not_before)
            found[customer].append(one)
    return {customer: tuple(several) for customer, several in found.items()}


def done_already(now: datetime, zone: ZoneInfo) -> dict[tuple[str, str], date]:
    """Return by customer and trigger the newest day on which it was said that the thing is done, here or elsewhere.

    Days are those of the bank's zone.
    """
    rows = _counted().filter(code__in=DONE, at__lte=now, at__gt=now - _LEADS_LIVE).order_by("at")
    names = ("card__customer_id", "card__content__trigger", "at")
    return {(customer, trigger): day_of(at, zone) for customer, trigger, at in rows.values_list(*names)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A card on which a customer was reached."""

    card_id: str
    strategy_id: str
    product_id: str
    trigger: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """What was said of some reached cards: each card counts once, and a bad word outweighs a good one."""

    good: int = 0
    bad: int = 0
    silent: int = 0
    """Nothing was said of the lead's worth."""

    def __add__(self, other: "Scores") -> "Scores":
        """Count the cards of both."""
        return Scores(good=self.good + other.good, bad=self.bad + other.bad, silent=self.silent + other.silent)


def scores(*, before: datetime) -> dict[tuple[str, str, str], Scores]:
    """Return what was said, up to an instant, of the cards on which a customer was reached.

    Returns:
        By strategy, product (empty where none is offered) and trigger.
    """
    verdicts = dict.fromkeys(_called("good", before), "good") | dict.fromkeys(_called("bad", before), "bad")
    reached = set(_reached(before).values_list(*_CARD))
    counts = Counter((tuple(cell), verdicts.get(card, "silent")) for card, *cell in reached)
    found: defaultdict[tuple[str, str, str], Scores] = defaultdict(Scores)
    for ((strategy, product, trigger), verdict), count in counts.items():
        found[strategy, product, trigger] += Scores(**{verdict: count})
    return dict(found)


def _called(says: Says, before: datetime) -> QuerySet[CardEvent, str]:
    """Return the cards of which a code that says so was said before an instant."""
    codes = [code.code for code in CODES.values() if code.says == says]
    return _counted().filter(at__lt=before, code__in=codes).values_list("card_id", flat=True)


def reached_of(strategy_id: str, version: int, *, before: datetime) -> list[Reached]:
    """Return the cards of a version on which a customer was reached before an instant, each once."""
    rows = _reached(before).filter(card__intent__strategy_id=strategy_id, card__intent__strategy_version=version)
    cards = set(rows.values_list(*_CARD))
    return [
        Reached(card_id=card, strategy_id=strategy, product_id=product, trigger=trigger)
        for card, strategy, product, trigger in sorted(cards)
    ]


def _reached(before: datetime) -> QuerySet[CardEvent]:
    return CardEvent.objects.filter(outcome="reached", at__lt=before)


def _counted() -> QuerySet[CardEvent]:
    """Return the events whose code counts and is known."""
    return CardEvent.objects.filter(held="", code__in=sorted(CODES))
