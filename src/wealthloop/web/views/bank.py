"""The bank's data: what was loaded, what was refused, what cannot be computed; and its segments."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from wealthloop.access.scope import Scope
from wealthloop.bank import TABLES, quality
from wealthloop.bank.report import IngestReport
from wealthloop.insight import bank_segments
from wealthloop.web.book import profiles
from wealthloop.web.context import Site
from wealthloop.web.contexts import BankPage, Count, LoadLine, SegmentsPage, TableLine
from wealthloop.web.counts import shown
from wealthloop.web.doors import Visitor, door
from wealthloop.web.pages import show
from wealthloop.web.words import word

_LOADS: Final = 10


@require_GET
@door("bank")
def bank(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Show the tables, the newest loads, and what is missing."""
    place = visitor.site
    loads = quality.reports(place.home)
    newest = loads[-1] if loads else None
    page = BankPage(
        tables=_tables(place, loads),
        loads=tuple(_load(load) for load in reversed(loads[-_LOADS:])),
        not_computable=quality.not_computable(place.bank.absent()),
        assumptions=newest.assumptions if newest else (),
        examples=_examples(newest),
    )
    return show(request, "bank.html", page, room="bank")


@require_GET
@door("segments")
def segments(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Show how many customers stand in each tier, lifecycle and life stage."""
    table = profiles(visitor.site)
    titles = {"tier": _("Tier"), "lifecycle": _("Lifecycle"), "life_stage": _("Life stage")}
    groups = tuple(
        (titles[kind], _counts(kind, counted, visitor.scope)) for kind, counted in bank_segments(table).items()
    )
    page = SegmentsPage(total=shown(table.num_rows, visitor.scope), groups=groups if table.num_rows else ())
    return show(request, "segments.html", page, room="segments")


def _counts(kind: str, counted: dict[str, int], scope: Scope) -> tuple[Count, ...]:
    largest = max(counted.values(), default=1)
    lines = ((word(kind, code), shown(count, scope), count) for code, count in counted.items())
    return tuple(
        Count(name=name, text=text, share=count / largest if text[:1] != "<" else 0.0) for name, text, count in lines
    )


def _tables(place: Site, loads: tuple[IngestReport, ...]) -> tuple[TableLine, ...]:
    imputed = place.bank.imputed()
    current = [load for load in loads if load.status == "loaded"]
    return tuple(
        TableLine(
            name=name,
            has=place.bank.has(name),
            required=spec.required,
            accepted=sum(load.changes[name].added for load in current if name in load.changes),
            quarantined=sum(_newly_refused(load, name) for load in current),
            imputed=tuple(imputed.get(name, ())),
        )
        for name, spec in TABLES.items()
    )


def _newly_refused(load: IngestReport, table: str) -> int:
    """Return a load's refused rows of a table; those of files that were loaded before are known already."""
    counts = load.tables.get(table) or load.derived.get(table)
    fresh = any(not file.seen_before for file in load.files.values())
    return counts.quarantined if counts is not None and fresh else 0


def _load(load: IngestReport) -> LoadLine:
    counts = load.tables.values()
    return LoadLine(
        load=load.load,
        as_of=load.as_of,
        status=load.status,
        source=load.source,
        rows_in=sum(count.rows_in for count in counts),
        accepted=sum(count.accepted for count in counts),
        quarantined=sum(count.quarantined for count in counts),
        gates=load.gates,
    )


def _examples(load: IngestReport | None) -> tuple[tuple[str, str, int, str, str], ...]:
    """Return (table, file, line, column, rule) of refused rows; their text stays in the quarantine."""
    if load is None:
        return ()
    return tuple(
        (table, row.file, row.line, row.column, row.rule) for table, rows in load.examples.items() for row in rows
    )
