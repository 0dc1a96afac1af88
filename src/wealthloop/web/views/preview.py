"""Previews: in a demonstration bank, the cards that would be made if the missing facts were there."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from wealthloop.delivery.content import CardContent
from wealthloop.loop.preview import previews
from wealthloop.web.cardview import verdict_lines
from wealthloop.web.contexts import PreviewCard, PreviewPage
from wealthloop.web.doors import Visitor, door
from wealthloop.web.names import masked_names
from wealthloop.web.pages import show

_SHOWN: Final = 60


@require_GET
@door("preview")
def preview(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Show the newest night's previews, one of them open."""
    place = visitor.site
    found = previews(place.home, place.as_of)[:_SHOWN] if place.as_of else []
    names = masked_names(place, [one["customer_id"] for one in found])
    cards = tuple(_card(visitor, one, names, number=at, total=len(found)) for at, one in enumerate(found, start=1))
    wanted = request.GET.get("n", "1")
    page = PreviewPage(rows=cards, card=next((card for card in cards if str(card.number) == wanted), None))
    return show(request, "preview.html", page, room="preview")


def _card(visitor: Visitor, one: dict[str, Any], names: dict[str, str], *, number: int, total: int) -> PreviewCard:
    customer_id = one["customer_id"]
    content = CardContent.model_validate(one["content"])
    content = content.model_copy(update={"masked_name": names.get(customer_id) or customer_id})
    first, more = verdict_lines(content)
    return PreviewCard(
        number=number,
        customer_id=customer_id,
        content=content,
        verdicts=first,
        more_verdicts=more,
        days_left=max(0, (content.expires_on - visitor.today).days),
        position=number,
        total=total,
    )
