"""The rhythm: the campaign calendar, the daily lead watch, the weekly review and the monthly committee."""

from datetime import date
from functools import lru_cache
from typing import Final

from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from wealthloop.access.models import AuditEntry
from wealthloop.evolution.agenda import agenda
from wealthloop.leads.models import Lead
from wealthloop.reports.packs import Kind, Pack, Proposal, pack
from wealthloop.reports.packtext import Reader, heading, sections
from wealthloop.web.context import Site, reading
from wealthloop.web.contexts.rhythm import RhythmPage
from wealthloop.web.doors import Visitor, door
from wealthloop.web.pages import show
from wealthloop.web.words import word

_KINDS: Final[dict[str, Kind]] = {"week": "week", "month": "month"}


@require_GET
@door("rhythm")
def rhythm(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Show the pack of the newest night's week or month."""
    kind = _KINDS.get(request.GET.get("of", ""), "week")
    chinese = (get_language() or "").startswith("zh")
    reader = Reader(language="zh-hans" if chinese else "en", word=word, whole=visitor.scope.everything)
    as_of = visitor.site.as_of
    made = None if as_of is None else _pack(visitor.site, kind, as_of, agenda(visitor.site.home, as_of), _work_done())
    page = RhythmPage(
        kind=kind,
        heading="" if made is None else heading(made, reader),
        sections=() if made is None else sections(made, reader),
    )
    return show(request, "rhythm.html", page, room="rhythm")


def _work_done() -> tuple[object, ...]:
    """Return what changes whenever a version, a signature or a lead does."""
    newest = AuditEntry.objects.aggregate(newest=Max("sequence"))["newest"]
    return (newest, *Lead.objects.values_list("state").annotate(n=Count("pk")).order_by("state"))


@lru_cache(maxsize=4)
def _pack(place: Site, kind: Kind, as_of: date, points: tuple[Proposal, ...], work_done: tuple[object, ...]) -> Pack:  # noqa: ARG001 - keys the cache
    with reading(place) as (bank, engine):
        return pack(bank, engine, place.home, kind=kind, as_of=as_of, proposals=points)
