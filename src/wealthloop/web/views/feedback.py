"""The feedback page: what people at desks say, what it suggests, and whose work is picked."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from wealthloop.access.scope import Scope
from wealthloop.bank import BankTables
from wealthloop.feedback.cluster import clusters
from wealthloop.feedback.picking import by_decile, by_person, by_tier
from wealthloop.feedback.picking import shown as cards_shown
from wealthloop.kit import opening
from wealthloop.reports.credit import by_person as credits_by_person
from wealthloop.reports.credit import credits_of
from wealthloop.web.context import reading
from wealthloop.web.contexts import FeedbackPage
from wealthloop.web.doors import Visitor, door
from wealthloop.web.pages import show
from wealthloop.web.saying import (
    cluster_lines,
    codes,
    notes,
    person_line,
    share_line,
    suggestion_lines,
    window,
)
from wealthloop.web.words import word


@require_GET
@door("feedback")
def feedback(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Show ninety days of feedback within the reader's scope; people by name to heads alone."""
    zone, since = visitor.site.home.zone, window(visitor.today)
    begins = opening(since, zone)
    with reading(visitor.site) as (bank, engine):
        staff_ids = _desks(bank, visitor)
        sealed = {row["customer_id"]: row["name"] for row in _rows(bank, "customers", "name", visitor)}
        category_of = {row["product_id"]: row["category"] for row in _rows(bank, "products", "category", visitor)}
        as_of = visitor.site.as_of
        credited = [] if as_of is None else credits_of(bank, engine, zone=zone, since=since, as_of=as_of)

    def name_of(customer_id: str) -> str:
        hidden = sealed.get(customer_id)
        return visitor.site.home.cipher.decrypt(hidden) if hidden else ""

    page = _page(visitor, staff_ids, begins, name_of, category_of, credits_by_person(credited))
    return show(request, "feedback.html", page, room="feedback")


def _page(
    visitor: Visitor, staff_ids: list[str] | None, begins: datetime, name_of: Callable[[str], str],
    category_of: dict[str, str], credited: list[tuple[str, str, int, int]],
) -> FeedbackPage:  # fmt: skip
    scope = visitor.scope
    lines, held = codes(staff_ids, since=begins, scope=scope)
    groups, hidden = cluster_lines(clusters(notes(staff_ids, since=begins, name_of=name_of)), scope)
    cards = cards_shown(staff_ids, since=window(visitor.today), until=visitor.today)
    sees_people = _sees_people(scope)
    sold = {staff: (purchases, fen) for _branch, staff, purchases, fen in credited}
    return FeedbackPage(
        codes=lines, held=held, clusters=groups, hidden_clusters=hidden,
        suggestions=suggestion_lines(before=visitor.now, category_of=category_of) if staff_ids is None else (),
        deciles=tuple(share_line(one, _("Decile %(n)s") % {"n": one.name}, scope) for one in by_decile(cards)),
        tiers=tuple(share_line(one, word("tier", one.name), scope) for one in by_tier(cards)),
        people=tuple(person_line(one, scope, sold) for one in by_person(cards)) if sees_people else (),
        sees_people=sees_people,
    )  # fmt: skip


def _sees_people(scope: Scope) -> bool:
    return scope.everything or bool(scope.branch_ids)


def _desks(bank: BankTables, visitor: Visitor) -> list[str] | None:
    """Return the desks that a reader may read of; None: all, where only counts are shown or everything may be."""
    if not visitor.scope.branch_ids:
        return None
    staff = _rows(bank, "staff", "branch_id", visitor)
    return [row["staff_id"] for row in staff if row["branch_id"] in visitor.scope.branch_ids]


_KEYS = {"customers": "customer_id", "products": "product_id", "staff": "staff_id"}


def _rows(bank: BankTables, table: str, column: str, visitor: Visitor) -> list[dict[str, Any]]:
    if visitor.site.as_of is None or not bank.has(table):
        return []
    found: list[dict[str, Any]] = bank.read(table, (_KEYS[table], column), as_of=visitor.site.as_of).to_pylist()
    return found
