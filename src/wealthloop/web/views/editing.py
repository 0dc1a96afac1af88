"""Editing a strategy's document: checked, compared with the version it began from, handed in as a new one."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from wealthloop.access.models import Role
from wealthloop.errors import NotAllowed
from wealthloop.rehearsal import launching
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.load import content_hash
from wealthloop.strategies.repository import held_in, newest, version_row
from wealthloop.web.context import reading
from wealthloop.web.contexts.editing import EditPage
from wealthloop.web.doors import Visitor, door
from wealthloop.web.editing import PARTS, Faults, change_lines, elsewhere, part_fields, read_texts, texts_of
from wealthloop.web.pages import show

EDITORS: Final = frozenset({str(Role.STRATEGY)})
"""Who may write a strategy."""


@require_http_methods(["GET", "POST"])
@door("strategies")
def strategy_edit(request: HttpRequest, visitor: Visitor, strategy_id: str, version: int) -> HttpResponse:
    """Show the parts of a version; check them; hand them in as a new version. The version itself never changes (I11).

    Raises:
        NotFound: no such version.
        NotAllowed: the role may not write strategies.
    """
    base = held_in(version_row(strategy_id, version))[0]
    if visitor.person.role not in EDITORS:
        raise NotAllowed(f"role == {visitor.person.role}, may not write strategies")
    if request.method == "GET":
        return _page(request, base, version, texts_of(base), [])
    texts = {name: request.POST.get(name, "").replace("\r\n", "\n") for name in PARTS}
    document, faults = read_texts(strategy_id, texts)
    if document is None:
        return _page(request, base, version, texts, faults, status=422)
    if request.POST.get("action") != "submit":
        return _page(request, base, version, texts, [], document=document)
    refused = _refused(request, base, document)
    if refused:
        return _page(request, base, version, texts, [], document=document, told=refused, status=409)
    try:
        _hand_in(request, visitor, document)
    except launching.UnderPowered:
        told = _("Not taken: the test is under-powered; say why it is made all the same.")
        return _page(request, base, version, texts, [], document=document, told=told, status=409)
    return redirect("strategies")


def _hand_in(request: HttpRequest, visitor: Visitor, document: Strategy) -> None:
    by, now, reason = visitor.person.username, visitor.now, request.POST.get("reason", "")[:2000]
    with reading(visitor.site) as (bank, engine):
        launching.submit(visitor.site.home, bank, engine, document, by=by, now=now, reason=reason)


def _refused(request: HttpRequest, base: Strategy, document: Strategy) -> str:
    """Say why a document is not handed in; empty where it is, also for a second click, which changes nothing more."""
    digest, last = content_hash(document), newest(base.id)
    if request.POST.get("seen") != digest:
        return _("Not handed in: this is not the text that was checked. It is compared anew below.")
    if last.content_hash != digest and request.POST.get("newest") != str(last.version):
        return _("Not handed in: a newer version was handed in since. Look at it, then hand in again.")
    return ""


def _page(
    request: HttpRequest, base: Strategy, version: int, texts: dict[str, str], faults: Faults, *,
    document: Strategy | None = None, told: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    lines = () if document is None else change_lines(base, document)
    if document is not None and not lines:
        told = told or _("Nothing differs from this version.")
    page = EditPage(
        strategy_id=base.id, version=version, name=base.name, parts=part_fields(texts, faults),
        faults=elsewhere(faults), changes=lines,
        seen=content_hash(document) if document is not None and lines else "",
        newest=newest(base.id).version, told=told,
    )  # fmt: skip
    return show(request, "strategy_edit.html", page, room="strategies", status=status)
