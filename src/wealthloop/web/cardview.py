"""Cards as the desk shows them."""

import secrets
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from wealthloop.access.models import Person
from wealthloop.delivery.codes import ASKED, CODES
from wealthloop.delivery.content import CardContent, VerdictLine
from wealthloop.delivery.models import Card, CardEvent, CardState
from wealthloop.delivery.transitions import ATTEMPTS, RULES, TRANSITIONS, Outcome, outcomes
from wealthloop.web.contexts import CardList, CardRow, Done, OpenCard, Said, Step
from wealthloop.web.templatetags.wealthloop import tongue
from wealthloop.web.words import word

KEYS: Final[dict[Outcome, str]] = {
    Outcome.NOT_REACHED: "1",
    Outcome.REACHED: "2",
    Outcome.INTENT_HIGH: "3",
    Outcome.INTENT_MEDIUM: "4",
    Outcome.INTENT_LOW: "5",
    Outcome.APPOINTMENT: "6",
    Outcome.FOLLOW_UP: "0",
    Outcome.NOT_NOW: "7",
    Outcome.WRONG_PRODUCT: "8",
    Outcome.WRONG_CUSTOMER: "9",
}
"""The key of each outcome, in the order of the desk."""

SAYING_KEYS: Final[dict[str, str]] = {
    "good_lead": "g",
    "already_here": "h",
    "already_elsewhere": "e",
    "customer_angry": "a",
    "wrong_words": "w",
    "duplicate": "d",
    "wrong_facts": "f",
}
"""The key of each code that can be said at any time."""

_LEADS: Final[dict[Outcome, str | Promise]] = {
    Outcome.INTENT_HIGH: gettext_lazy("→ intent"),
    Outcome.NOT_NOW: "·",
}
_SHORT: Final[dict[Outcome, Promise]] = {
    Outcome.INTENT_HIGH: gettext_lazy("high"),
    Outcome.INTENT_MEDIUM: gettext_lazy("medium"),
    Outcome.INTENT_LOW: gettext_lazy("low"),
}
_SHOWN_VERDICTS: Final = 3


def card_list(today_cards: Sequence[Card], later: Sequence[Card], *, today: date, open_id: str) -> CardList:
    """Return the list of the day."""
    return CardList(
        rows=tuple(_row(card, today) for card in today_cards),
        later=tuple(_row(card, today) for card in later),
        open_id=open_id,
    )


def open_card(
    card: Card, *, person: Person, today: date, zone: ZoneInfo, among: Sequence[Card], told: str = ""
) -> OpenCard:
    """Return a card as it lies open before a person; ``among`` is the list of the day."""
    content = CardContent.model_validate(card.content)
    place = next((at for at, other in enumerate(among, start=1) if other.pk == card.pk), None)
    first, more = verdict_lines(content)
    mine = not card.claimed_by or card.claimed_by == person.username
    possible = outcomes(card.state) if mine and content.contactable else ()
    history = tuple(CardEvent.objects.filter(card=card).order_by("-at", "-pk"))
    said = {event.code for event in history if event.code and not event.held}
    return OpenCard(
        card_id=card.pk,
        customer_id=card.customer_id,
        state=card.state,
        content=content,
        verdicts=first,
        more_verdicts=more,
        days_left=max(0, (card.expires_on - today).days),
        position=place,
        total=len(among),
        today=today,
        request_id=secrets.token_hex(16),
        can_claim=Outcome.CLAIMED in possible,
        steps=tuple(_step(outcome, card, today, said) for outcome in KEYS if _may(outcome, card, possible)),
        sayings=_sayings(Outcome.FEEDBACK, said) if mine and _may_say(card) else (),
        history=tuple(_done(event, zone) for event in history),
        told=told,
        ended=_ended(card, mine=mine),
    )


def recorded(card: Card, outcome: Outcome, code: str = "") -> str:
    """Say what has just been recorded of whom."""
    name = CardContent.model_validate(card.content).masked_name
    said = f" · {tongue(CODES[code].words)}" if code in CODES else ""
    return f"{name}: {word('outcome', outcome)}{said}"


def _row(card: Card, today: date) -> CardRow:
    content = CardContent.model_validate(card.content)
    due_on = card.follow_up_on if card.state == CardState.FOLLOW_UP else None
    return CardRow(
        card_id=card.pk,
        masked_name=content.masked_name,
        action=content.action,
        value=content.value.mean if content.value else None,
        state=card.state,
        due_on=due_on,
        due=due_on is not None and due_on <= today,
        days_left=max(0, (card.expires_on - today).days),
    )


def verdict_lines(content: CardContent) -> tuple[tuple[VerdictLine, ...], tuple[VerdictLine, ...]]:
    """Split: every refusal and the first permissions are seen at once, the other permissions are one tap away."""
    refused = [line for line in content.verdicts if not line.allowed]
    allowed = [line for line in content.verdicts if line.allowed]
    room = max(1, _SHOWN_VERDICTS - len(refused))
    return (*allowed[:room], *refused), tuple(allowed[room:])


def _may(outcome: Outcome, card: Card, possible: Sequence[Outcome]) -> bool:
    return outcome in possible and not (RULES[outcome].attempt and card.attempts >= ATTEMPTS)


def _may_say(card: Card) -> bool:
    return Outcome.FEEDBACK in TRANSITIONS[CardState(card.state)] and bool(card.claimed_by)


def _sayings(outcome: Outcome, said: Collection[str]) -> tuple[Said, ...]:
    """Return the codes that may go with an outcome; one that needs a note has its own button."""
    return tuple(
        Said(code=code, words=CODES[code].words, key=SAYING_KEYS.get(code, ""), counted=code in said)
        for code in ASKED[outcome].codes
        if not CODES[code].needs_note
    )


def _step(outcome: Outcome, card: Card, today: date, said: Collection[str]) -> Step:
    rule, asked = RULES[outcome], ASKED[outcome]
    return Step(
        code=outcome.value,
        key=KEYS[outcome],
        label=str(_SHORT.get(outcome, word("outcome", outcome))),
        lead=str(_LEADS.get(outcome, "")),
        asks_date=rule.needs_date,
        codes=_sayings(outcome, said) if asked.required else (),
        asks_not_before=asked.required and any(CODES[code].dated for code in asked.codes),
        second_line=outcome is Outcome.APPOINTMENT,
        date_label=_("Day"),
        note_label=_("In your own words") if asked.required else _("Note"),
        date_value=today + timedelta(days=1),
        chosen=bool(rule.intent_level) and rule.intent_level == card.intent_level,
    )


def _done(event: CardEvent, zone: ZoneInfo) -> Done:
    return Done(
        at=event.at.astimezone(zone),
        label=word("outcome", event.outcome),
        said=CODES[event.code].words if event.code in CODES else None,
        held=word("held", event.held) if event.held else "",
        note=event.note,
        follow_up_on=event.follow_up_on,
        not_before=event.not_before,
    )


def _ended(card: Card, *, mine: bool) -> str:
    """Say why nothing, or not everything, can be recorded."""
    if card.state in (CardState.WON, CardState.CLOSED, CardState.EXPIRED):
        reason = f" · {word('outcome', card.closed_reason)}" if card.state == CardState.CLOSED else ""
        return word("card_state", card.state) + reason
    if not mine:
        return _("%(person)s has this card.") % {"person": card.claimed_by}
    if card.attempts >= ATTEMPTS:
        text = ngettext("%(n)d attempt, none is left.", "%(n)d attempts, none is left.", card.attempts)
        return text % {"n": card.attempts}
    return ""
