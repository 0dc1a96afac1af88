"""The desk: which cards lie on it today, and what a person does with them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Case, Count, F, IntegerField, Max, Q, QuerySet, Value, When

from wealthloop.delivery import codes
from wealthloop.delivery.models import Card, CardEvent, CardState
from wealthloop.delivery.sequence import next_sequence
from wealthloop.delivery.transitions import ATTEMPTS, OPEN, RULES, TRANSITIONS, Outcome, Rule
from wealthloop.delivery.types import Conversion
from wealthloop.errors import Conflict, InvalidInput, NotFound
from wealthloop.kit import day_of, parts_of, stable_id

__all__ = [
    "AT_MOST",
    "Conversion",
    "Done",
    "Outcome",
    "changed_since",
    "claim",
    "expire",
    "find",
    "later",
    "latest_sequence",
    "match_wins",
    "open_cards",
    "record",
    "record_all",
    "today",
]

AT_MOST: Final = 15
"""Cards on a desk in a day."""
AFTER_AGREED: Final = timedelta(days=7)
"""How long a card lives after the date that was agreed with the customer."""
SYSTEM: Final = "wealthloop"
"""The actor of what nobody does by hand."""
_AT_ONCE: Final = 900
"""Names in one statement: below SQLite's oldest limit of 999 parameters."""
_CHANGED_BY_A_STEP: Final = (
    "sequence", "state", "expires_on", "claimed_by", "claimed_at", "attempts", "intent_level", "follow_up_on",
    "closed_reason", "closed_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One thing that was done with a card; ``record`` says what each is."""

    card_id: str
    outcome: Outcome
    actor: str
    staff_id: str
    request_id: str
    now: datetime
    note: str = ""
    follow_up_on: date | None = None
    code: str = ""
    not_before: date | None = None


def today(staff_id: str, *, today: date) -> list[Card]:
    """Return the cards on a desk today, at most 15: due follow-ups, then cards in work, then new ones by value."""
    due = Q(state=CardState.FOLLOW_UP, follow_up_on__lte=today)
    here = Q(state__in=(CardState.NEW, CardState.CLAIMED)) | due
    turn = Case(
        When(state=CardState.FOLLOW_UP, then=Value(0)),
        When(state=CardState.CLAIMED, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    cards = _desk(staff_id).filter(here, expires_on__gte=today).annotate(turn=turn)
    return list(cards.order_by("turn", F("follow_up_on").asc(nulls_last=True), "-rank", "pk")[:AT_MOST])


def later(staff_id: str, *, today: date) -> list[Card]:
    """Return the follow-ups of a desk whose day has not come, the nearest first."""
    cards = _desk(staff_id).filter(state=CardState.FOLLOW_UP, follow_up_on__gt=today, expires_on__gte=today)
    return list(cards.order_by("follow_up_on", "-rank", "pk"))


def open_cards() -> Counter[str]:
    """Count the cards by desk that somebody may still work on: they take from what a desk can do."""
    counted = Card.objects.filter(state__in=OPEN).values("staff_id").annotate(count=Count("pk"))
    return Counter({row["staff_id"]: row["count"] for row in counted})


def changed_since(staff_id: str, sequence: int) -> list[Card]:
    """Return the cards of a desk that have changed since a sequence number, in the order of their changes."""
    return list(_desk(staff_id).filter(sequence__gt=sequence).order_by("sequence"))


def latest_sequence(staff_id: str) -> int:
    """Return the sequence number of the newest change on a desk, 0 for an empty desk."""
    newest: int | None = _desk(staff_id).aggregate(newest=Max("sequence"))["newest"]
    return newest or 0


def find(card_id: str, *, staff_id: str) -> Card:
    """Return a card of a desk.

    Raises:
        NotFound: there is no such card on this desk; whether it lies on another is not said (I19).
    """
    return _one(_desk(staff_id), card_id)


def claim(card_id: str, *, person: str, staff_id: str, request_id: str, now: datetime, zone: ZoneInfo) -> Card:
    """Take a new card; the same request again gives the same card.

    Raises:
        NotFound: the card is not on this desk.
        Conflict: somebody else has it, or it is closed.
    """
    return record(card_id, Outcome.CLAIMED, actor=person, staff_id=staff_id, request_id=request_id, now=now, zone=zone)


def record(
    card_id: str,
    outcome: Outcome,
    *,
    actor: str,
    staff_id: str,
    request_id: str,
    now: datetime,
    zone: ZoneInfo,
    note: str = "",
    follow_up_on: date | None = None,
    code: str = "",
    not_before: date | None = None,
) -> Card:
    """Write down what was done with a card; a repeated request counts once.

    Args:
        card_id: the card.
        outcome: what was done; ``won`` is not for people, it comes from the transactions.
        actor: the username.
        staff_id: whose desk the actor works at.
        request_id: made by the page for each click, at most 64 characters.
        now: the instant, UTC.
        zone: the bank's, whose day it is.
        note: in the person's own words, needed with the code ``other``.
        follow_up_on: the agreed day, needed with ``appointment`` and ``follow_up``.
        code: what is said of the card, needed where ``codes.ASKED`` says so; one that does not count is held with
            the reason why.
        not_before: the day before which nobody should ask again, with a code that is dated.

    Raises:
        NotFound: the card is not on this desk.
        InvalidInput: a code, a note or a date is missing, or a date is past or not asked for.
        Conflict: the card's state does not allow it, somebody else has the card, or its attempts are used up.
    """
    done = Done(
        card_id=card_id, outcome=outcome, actor=actor, staff_id=staff_id, request_id=request_id, now=now, note=note,
        follow_up_on=follow_up_on, code=code, not_before=not_before,
    )  # fmt: skip
    with transaction.atomic():
        card = _one(_desk(staff_id).select_for_update(of=("self",)), card_id)
        if not _known(card, done, CardEvent.objects.filter(request_id=request_id).first()):
            _save(card, _step(card, done, _said_of([card_id])[card_id], zone))
    return card


def record_all(many: Sequence[Done], *, zone: ZoneInfo) -> None:
    """Write down what was done with cards, in this order, as ``record`` would one after another; all or nothing.

    Args:
        many: what was done.
        zone: the bank's.

    Raises:
        NotFound, InvalidInput, Conflict: of the first that ``record`` would refuse; nothing is written down then.
    """
    with transaction.atomic():
        cards, earlier = _cards_of(many), _events_of(many)
        changed: dict[str, Card] = {}
        made: list[CardEvent] = []
        said = _said_of(sorted(cards))
        sequence = next_sequence()
        for done in many:
            card = cards.get(done.card_id)
            if card is None or not done.staff_id or card.staff_id != done.staff_id:
                raise _not_here(done.card_id)
            if not _known(card, done, earlier.get(done.request_id)):
                earlier[done.request_id] = event = _step(card, done, said[card.pk], zone)
                made.append(event)
                changed[card.pk], card.sequence = card, sequence
                sequence += 1
        CardEvent.objects.bulk_create(made)
        Card.objects.bulk_create(
            changed.values(), update_conflicts=True, unique_fields=["intent"], update_fields=_CHANGED_BY_A_STEP
        )


def expire(*, today: date) -> int:
    """End the open cards whose last day is over; return how many."""
    with transaction.atomic():
        over = list(Card.objects.filter(state__in=OPEN, expires_on__lt=today).order_by("pk"))
        for card in over:
            card.state, card.sequence = CardState.EXPIRED, next_sequence()
            card.save(update_fields=["state", "sequence"])
    return len(over)


def match_wins(conversions: Sequence[Conversion], *, now: datetime) -> int:
    """Win the cards that purchases followed, and return how many; a purchase wins one card, once.

    A purchase wins the newest card of its customer and strategy that lay on the desk on the day of the purchase,
    also one that has expired since.
    """
    won = 0
    with transaction.atomic():
        may_win = _may_win(min((conversion.on for conversion in conversions), default=date.max))
        for conversion in sorted(conversions, key=lambda c: (c.on, c.transaction_id, c.strategy_id)):
            if (conversion.customer_id, conversion.strategy_id) in may_win:
                won += _win(conversion, now)
    return won


def _desk(staff_id: str) -> QuerySet[Card]:
    return Card.objects.filter(staff_id=staff_id).exclude(staff_id="").select_related("intent")


def _one(cards: QuerySet[Card], card_id: str) -> Card:
    card = cards.filter(pk=card_id).first()
    if card is None:
        raise _not_here(card_id)
    return card


def _not_here(card_id: str) -> NotFound:
    return NotFound(f"card {card_id}: not on this desk")


def _cards_of(many: Iterable[Done]) -> dict[str, Card]:
    """Return the cards that something was done with, locked until the transaction ends."""
    rows = Card.objects.select_for_update().order_by("pk")
    return {
        card.pk: card
        for part in parts_of(sorted({done.card_id for done in many}), _AT_ONCE)
        for card in rows.filter(pk__in=part)
    }


def _events_of(many: Iterable[Done]) -> dict[str, CardEvent]:
    """Return the events of requests that were done before, by request."""
    parts = parts_of(sorted({done.request_id for done in many}), _AT_ONCE)
    return {row.request_id: row for part in parts for row in CardEvent.objects.filter(request_id__in=part)}


def _known(card: Card, done: Done, earlier: CardEvent | None) -> bool:
    """Say whether this request was done before."""
    if earlier is None:
        return False
    same = (earlier.card_id, earlier.outcome, earlier.actor, earlier.code)
    if same != (card.pk, done.outcome.value, done.actor, done.code):
        raise Conflict(f"request {done.request_id}: done before with something else")
    return True


def _said_of(cards: Sequence[str]) -> defaultdict[str, set[str]]:
    """Return which codes count already, by card."""
    counted = CardEvent.objects.filter(held="").exclude(code="")
    found: defaultdict[str, set[str]] = defaultdict(set)
    for part in parts_of(cards, _AT_ONCE):
        for card_id, code in counted.filter(card_id__in=part).values_list("card_id", "code"):
            found[card_id].add(code)
    return found


def _step(card: Card, done: Done, said: set[str], zone: ZoneInfo) -> CardEvent:
    """Change a card by what a person did with it and return the event, both unsaved; refuse what may not be.

    ``said`` holds the codes of the card that count already, and is given the one that counts now.
    """
    _check_state(card, done.outcome, done.actor)
    today = day_of(done.now, zone)
    _check_dates(RULES[done.outcome], done, today)
    _check_code(done)
    event = _change(card, done)
    if event.code:
        why = codes.held(done.outcome, done.code, said=said, ended_on=_ended_on(card, zone), today=today)
        event.held = why or ""
        said |= set() if why else {done.code}
    return event


def _ended_on(card: Card, zone: ZoneInfo) -> date | None:
    """Return the bank day on which a card ended, None while it is open."""
    if card.state in OPEN:
        return None
    return card.expires_on if card.closed_at is None else day_of(card.closed_at, zone)


def _check_state(card: Card, outcome: Outcome, actor: str) -> None:
    if outcome is Outcome.WON:
        raise Conflict("won comes from the transactions by itself")
    if card.claimed_by and card.claimed_by != actor:
        raise Conflict(f"card {card.pk}: {card.claimed_by} has it")
    if outcome not in TRANSITIONS[CardState(card.state)]:
        advice = "claim it first" if card.state == CardState.NEW else "nothing more can be recorded of that"
        raise Conflict(f"card {card.pk} is {card.state}, {advice}")
    if RULES[outcome].attempt and card.attempts >= ATTEMPTS:
        raise Conflict(f"card {card.pk}: {ATTEMPTS} attempts are used up, close it or agree a date")


def _check_dates(rule: Rule, done: Done, today: date) -> None:
    if rule.needs_date and done.follow_up_on is None:
        raise InvalidInput(f"outcome {done.outcome}: a date is needed")
    if done.follow_up_on is not None and not rule.needs_date:
        raise InvalidInput(f"outcome {done.outcome}: takes no date")
    for name, day in (("follow_up_on", done.follow_up_on), ("not_before", done.not_before)):
        if day is not None and day < today:
            raise InvalidInput(f"{name} == {day}, must not be past")


def _check_code(done: Done) -> None:
    known = codes.CODES.get(done.code)
    if codes.ASKED[done.outcome].required and not done.code:
        raise InvalidInput(f"outcome {done.outcome}: a code is needed, one of {codes.ASKED[done.outcome].codes}")
    if known is not None and known.needs_note and not done.note.strip():
        raise InvalidInput(f"code {done.code}: a note is needed")
    if done.not_before is not None and not (known is not None and known.dated):
        raise InvalidInput(f"code {done.code}: takes no day before which not to ask")


def _change(card: Card, done: Done) -> CardEvent:
    """Change all of a card but its sequence number, and return the event; both unsaved."""
    outcome, follow_up_on = done.outcome, done.follow_up_on
    rule = RULES[outcome]
    card.attempts += rule.attempt
    card.intent_level = rule.intent_level or card.intent_level
    card.state = TRANSITIONS[CardState(card.state)][outcome] or CardState(card.state)
    if outcome is Outcome.CLAIMED:
        card.claimed_by, card.claimed_at = done.actor, done.now
    if follow_up_on is not None:
        card.follow_up_on = follow_up_on
        card.expires_on = max(card.expires_on, follow_up_on + AFTER_AGREED)
    if card.state in (CardState.CLOSED, CardState.WON) and outcome is not Outcome.FEEDBACK:
        card.closed_reason, card.closed_at = outcome.value, done.now
    return CardEvent(
        card=card, request_id=done.request_id, at=done.now, actor=done.actor, outcome=outcome, note=done.note,
        follow_up_on=follow_up_on, code=done.code, not_before=done.not_before,
    )  # fmt: skip


def _save(card: Card, event: CardEvent) -> None:
    """Save a changed card with a new sequence number, and its event."""
    card.sequence = next_sequence()
    event.save(force_insert=True)
    card.save()


def _may_win(since: date) -> set[tuple[str, str]]:
    """Return customer and strategy of every card that a purchase from a day on could win."""
    cards = Card.objects.filter(state__in=(*OPEN, CardState.EXPIRED), expires_on__gte=since)
    return set(cards.values_list("customer_id", "intent__strategy_id"))


def _win(conversion: Conversion, now: datetime) -> int:
    request_id = stable_id("won", conversion.strategy_id, conversion.transaction_id)
    if CardEvent.objects.filter(request_id=request_id).exists():
        return 0
    card = (
        Card.objects.filter(
            customer_id=conversion.customer_id,
            intent__strategy_id=conversion.strategy_id,
            state__in=(*OPEN, CardState.EXPIRED),
            sent_on__lte=conversion.on,
            expires_on__gte=conversion.on,
        )
        .order_by("-sent_on", "-pk")
        .first()
    )
    if card is None:
        return 0
    won = Done(
        card_id=card.pk, outcome=Outcome.WON, actor=SYSTEM, staff_id=card.staff_id, request_id=request_id, now=now
    )
    _save(card, _change(card, won))
    return 1
