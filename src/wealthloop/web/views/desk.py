"""The desk: the day's cards, the open one, and what is done with it."""

from collections.abc import Sequence
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from wealthloop.delivery import cards
from wealthloop.delivery.codes import CODES
from wealthloop.delivery.models import Card
from wealthloop.delivery.transitions import Outcome
from wealthloop.errors import Conflict, InvalidInput
from wealthloop.web.cardview import card_list, open_card, recorded
from wealthloop.web.contexts import CardList, DeskPage, OpenCard, Worked
from wealthloop.web.doors import Visitor, door
from wealthloop.web.pages import fragment, show

_LONGEST_NOTE = 200
_LONGEST_CODE = 32


@require_GET
@door("desk")
def desk(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Show the desk with a card open: the one that is asked for, or the first."""
    staff_id = visitor.person.staff_id
    since = cards.latest_sequence(staff_id)
    among = cards.today(staff_id, today=visitor.today)
    wanted = request.GET.get("card", "")
    card = cards.find(wanted, staff_id=staff_id) if wanted else next(iter(among), None)
    page = DeskPage(
        today=visitor.today, since=since, cards=_list(visitor, among, card), card=_open(visitor, card, among)
    )
    return show(request, "desk.html", page, room="desk")


@require_GET
@door("desk")
def desk_list(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Answer with the list of the day, for the live stream."""
    among = cards.today(visitor.person.staff_id, today=visitor.today)
    return fragment(request, "parts/cards.html", _list(visitor, among, None))


@require_GET
@door("desk")
def desk_card(request: HttpRequest, visitor: Visitor, card_id: str) -> HttpResponse:
    """Answer with one card of the person's own desk."""
    card = cards.find(card_id, staff_id=visitor.person.staff_id)
    among = cards.today(visitor.person.staff_id, today=visitor.today)
    return fragment(request, "parts/card.html", _open(visitor, card, among))


@require_POST
@door("desk")
def card_claim(request: HttpRequest, visitor: Visitor, card_id: str) -> HttpResponse:
    """Claim a card."""
    return _work(request, visitor, card_id, Outcome.CLAIMED)


@require_POST
@door("desk")
def card_outcome(request: HttpRequest, visitor: Visitor, card_id: str) -> HttpResponse:
    """Record what came of a card.

    Raises:
        InvalidInput: an outcome that does not exist or is not for people.
    """
    code = request.POST.get("outcome", "")
    if code not in set(Outcome) - {Outcome.CLAIMED, Outcome.WON}:
        raise InvalidInput(f"outcome == {code[:32]}, must be one that the desk offers")
    return _work(request, visitor, card_id, Outcome(code))


def _work(request: HttpRequest, visitor: Visitor, card_id: str, outcome: Outcome) -> HttpResponse:
    staff_id = visitor.person.staff_id
    code = request.POST.get("code", "")[:_LONGEST_CODE]
    before = [card.pk for card in cards.today(staff_id, today=visitor.today)]
    try:
        card = cards.record(
            card_id,
            outcome,
            actor=visitor.person.username,
            staff_id=staff_id,
            request_id=request.POST.get("request_id", "")[:64],
            now=visitor.now,
            zone=visitor.site.home.zone,
            note=request.POST.get("note", "").strip()[:_LONGEST_NOTE],
            follow_up_on=_day(request.POST.get("follow_up_on", ""), name="follow_up_on"),
            code=code,
            not_before=_not_before(request, code),
        )
    except (Conflict, InvalidInput):
        told = _("Not recorded: the card has moved on, or a day or a code is missing. It is shown as it stands now.")
        return _answer(request, visitor, cards.find(card_id, staff_id=staff_id), told=told, status=409)
    return _answer(request, visitor, _next(visitor, card, before), told=recorded(card, outcome, code))


def _next(visitor: Visitor, card: Card, before: Sequence[str]) -> Card | None:
    """Return the card to open next: the same one, or the one that has taken its place in the list."""
    among = cards.today(visitor.person.staff_id, today=visitor.today)
    if card.pk in {other.pk for other in among} or card.pk not in before:
        return card
    place = before.index(card.pk)
    return among[min(place, len(among) - 1)] if among else None


def _answer(request: HttpRequest, visitor: Visitor, card: Card | None, *, told: str, status: int = 200) -> HttpResponse:
    target = reverse("desk") + (f"?card={card.pk}" if card else "")
    if not request.headers.get("HX-Request"):
        return redirect(target)
    among = cards.today(visitor.person.staff_id, today=visitor.today)
    page = Worked(cards=_list(visitor, among, card), card=_open(visitor, card, among, told=told), told=told)
    answer = fragment(request, "parts/worked.html", page)
    answer.status_code, answer["HX-Push-Url"] = status, target
    return answer


def _list(visitor: Visitor, among: Sequence[Card], card: Card | None) -> CardList:
    later = cards.later(visitor.person.staff_id, today=visitor.today)
    return card_list(among, later, today=visitor.today, open_id=card.pk if card else "")


def _open(visitor: Visitor, card: Card | None, among: Sequence[Card], *, told: str = "") -> OpenCard | None:
    if card is None:
        return None
    zone = visitor.site.home.zone
    return open_card(card, person=visitor.person, today=visitor.today, zone=zone, among=among, told=told)


def _not_before(request: HttpRequest, code: str) -> date | None:
    """Return the day that the form gives for a code that is dated; another code of the same form takes none."""
    dated = code in CODES and CODES[code].dated
    return _day(request.POST.get("not_before", ""), name="not_before") if dated else None


def _day(text: str, *, name: str) -> date | None:
    """Return the day that a form names, None for none.

    Raises:
        InvalidInput: it is no day.
    """
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InvalidInput(f"{name} == {text[:16]}, must be a day") from error
