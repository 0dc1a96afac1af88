"""The customers in scope, and the panorama of one."""

from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from wealthloop.delivery import cards
from wealthloop.delivery.content import CardContent
from wealthloop.delivery.models import Card
from wealthloop.errors import NotFound
from wealthloop.insight import DEFINITIONS, Panorama, Words
from wealthloop.web.book import book, look
from wealthloop.web.contexts import BookRow, CardPast, CustomerPage, CustomersPage, Elsewhere, MoveLine, SidePanel
from wealthloop.web.doors import Visitor, door
from wealthloop.web.names import masked_names
from wealthloop.web.pages import fragment, show
from wealthloop.web.plots import aum_plot

_SHOWN: Final = 100
_SIDE_LINES: Final = 5
_SIDE_TAGS: Final = frozenset({"tier", "lifecycle", "life_stage"})
_NEWEST: Final = 12


@require_GET
@door("customers")
def customers(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """List the customers in scope whose number begins as asked; a whole number opens its panorama."""
    query = request.GET.get("q", "").strip()[:64]
    table = book(visitor.site, visitor.scope)
    if query:
        table = table.filter(pc.starts_with(table["customer_id"], query))
    if query and table.num_rows == 1:
        return redirect("customer", customer_id=table["customer_id"][0].as_py())
    shown = table.slice(0, _SHOWN)
    page = CustomersPage(query=query, rows=_rows(visitor, shown), total=table.num_rows, basis=_basis(shown))
    return show(request, "customers.html", page, room="customers")


@require_GET
@door("customers")
def customer(request: HttpRequest, visitor: Visitor, customer_id: str) -> HttpResponse:
    """Show the panorama of a customer in scope."""
    seen = look(visitor.site, visitor.scope, customer_id)
    page = CustomerPage(
        masked_name=masked_names(visitor.site, [customer_id]).get(customer_id, customer_id),
        seen=seen,
        elsewhere=_elsewhere(seen),
        moves=_moves(seen),
        plot=aum_plot(seen),
        newest=seen.happenings[:_NEWEST],
        older=seen.happenings[_NEWEST:],
        cards=_cards(visitor, customer_id),
    )
    return show(request, "customer.html", page, room="customers")


@require_GET
@door("desk")
def desk_side(request: HttpRequest, visitor: Visitor, card_id: str) -> HttpResponse:
    """Answer with the short panorama of the customer of a card on the person's own desk."""
    card = cards.find(card_id, staff_id=visitor.person.staff_id)
    return fragment(request, "parts/side.html", _side(card.customer_id, _if_in_scope(visitor, card.customer_id)))


@require_GET
@door("customers")
def customer_side(request: HttpRequest, visitor: Visitor, customer_id: str) -> HttpResponse:
    """Answer with the short panorama of a customer in scope."""
    seen = look(visitor.site, visitor.scope, customer_id)
    return fragment(request, "parts/side.html", _side(customer_id, seen))


def _if_in_scope(visitor: Visitor, customer_id: str) -> Panorama | None:
    try:
        return look(visitor.site, visitor.scope, customer_id)
    except NotFound:
        return None


def _side(customer_id: str, seen: Panorama | None) -> SidePanel:
    return SidePanel(
        customer_id=customer_id,
        seen=seen,
        tags=tuple(tag for tag in seen.tags if tag.kind in _SIDE_TAGS) if seen else (),
        plot=aum_plot(seen) if seen else None,
        holdings=seen.holdings[:_SIDE_LINES] if seen else (),
        happenings=seen.happenings[:_SIDE_LINES] if seen else (),
        contacts=seen.contacts[:_SIDE_LINES] if seen else (),
    )


def _elsewhere(seen: Panorama) -> Elsewhere | None:
    values: dict[str, Any] = {one.name: one.value for one in seen.wallet}
    if seen.wallet_basis is None or values["off_bank"] is None:
        return None
    return Elsewhere(
        point=values["off_bank"], low=values["off_bank_low_80"], high=values["off_bank_high_80"],
        basis=seen.wallet_basis, verified_on=values["verified_on"],
    )  # fmt: skip


def _moves(seen: Panorama) -> tuple[MoveLine, ...]:
    found = [
        MoveLine(
            on=move.on, title=tag.title, before=_state(tag.tag, move.before) if move.before else None,
            after=_state(tag.tag, move.after), why=move.why,
        )
        for tag in seen.explained
        for move in tag.moves
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda move: move.on, reverse=True)[:_NEWEST])


def _state(tag: str, name: str) -> Words:
    """Return a state in words; one that the present definition has no more by its name."""
    states = {state.name: state for state in DEFINITIONS[tag].states}
    return Words(zh=states[name].zh, en=states[name].en) if name in states else Words(zh=name, en=name)


def _rows(visitor: Visitor, shown: pa.Table) -> tuple[BookRow, ...]:
    rows = shown.to_pylist()
    names = masked_names(visitor.site, [row["customer_id"] for row in rows])
    kept = BookRow.__slots__
    return tuple(
        BookRow(masked_name=names.get(row["customer_id"], ""), **{name: row[name] for name in kept if name in row})
        for row in rows
    )


def _basis(shown: pa.Table) -> str:
    return str(shown["aum_basis"][0].as_py() or "") if shown.num_rows else ""


def _cards(visitor: Visitor, customer_id: str) -> tuple[CardPast, ...]:
    found = Card.objects.filter(customer_id=customer_id).order_by("-created_at", "pk")
    read = [(card, CardContent.model_validate(card.content)) for card in found]
    return tuple(
        CardPast(
            card_id=card.pk,
            on=card.sent_on,
            strategy=content.strategy_name,
            action=content.action,
            state=card.state,
            mine=card.staff_id == visitor.person.staff_id,
        )
        for card, content in read
    )
