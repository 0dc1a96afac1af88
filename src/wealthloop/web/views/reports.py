"""The report page: what strategies were worth, and the bank by day."""

from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from wealthloop.delivery.models import Card, Intent
from wealthloop.reports import Series, StrategyReport
from wealthloop.reports.bank import daily_aum, daily_mau, month_average_aum
from wealthloop.reports.funnel import card_funnel
from wealthloop.reports.lift import effects
from wealthloop.reports.standing import StandingReport, standing
from wealthloop.reports.tiers import tier_moves
from wealthloop.reports.types import STATES
from wealthloop.web.context import Site, reading
from wealthloop.web.contexts import Plot, ReportsPage
from wealthloop.web.doors import Visitor, door
from wealthloop.web.pages import show
from wealthloop.web.plots import series_plot
from wealthloop.web.reporting import section
from wealthloop.web.standings import standing_section
from wealthloop.web.words import word

_DAYS: Final = 90


@require_GET
@door("reports")
def reports(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Show every strategy version's report and the bank's series."""
    found = reports_of(visitor.site)
    plots, dashes = _plots(visitor.site) if visitor.site.as_of else ((), ())
    page = ReportsPage(
        states=tuple(word("intent_state", state) for state in STATES),
        sections=tuple(section(report, visitor.scope, _own_funnel(visitor, report)) for report in found),
        standing=tuple(standing_section(one, visitor.scope) for one in _standing(visitor.site, work_done())),
        plots=plots,
        dashes=dashes,
    )
    return show(request, "reports.html", page, room="reports")


def _own_funnel(visitor: Visitor, report: StrategyReport) -> tuple[tuple[str, int], ...] | None:
    """Return the funnel of the reader's own cards, for a reader who does not see everybody's."""
    if visitor.scope.everything or not visitor.person.staff_id:
        return None
    return card_funnel(report.strategy_id, report.version, staff_id=visitor.person.staff_id)


def reports_of(place: Site) -> tuple[StrategyReport, ...]:
    """Return the report of every version as of the newest night; made once until work or a night changes it."""
    return _effects(place, work_done()) if place.as_of else ()


def work_done() -> tuple[object, ...]:
    """Return what changes whenever a contact or a card does."""
    newest = Card.objects.aggregate(newest=Max("sequence"))["newest"]
    states = Intent.objects.values_list("state").annotate(n=Count("pk")).order_by("state")
    return (newest, *states)


@lru_cache(maxsize=2)
def _effects(place: Site, work_done: tuple[object, ...]) -> tuple[StrategyReport, ...]:  # noqa: ARG001 - keys the cache
    if place.as_of is None:
        return ()
    with reading(place) as (bank, engine):
        return effects(bank, engine, place.home, as_of=place.as_of)


@lru_cache(maxsize=2)
def _standing(place: Site, work_done: tuple[object, ...]) -> tuple[StandingReport, ...]:  # noqa: ARG001 - keys the cache
    if place.as_of is None:
        return ()
    with reading(place) as (bank, _engine):
        return standing(bank, place.home, as_of=place.as_of)


def _plots(place: Site) -> tuple[tuple[Plot, ...], tuple[tuple[str, str], ...]]:
    aum, average, mau, ups, downs = _series(place)
    wanted = (
        (_("AUM of the bank"), series_plot("bank-aum", _("AUM of the bank"), (average, aum))),
        (_("Monthly active customers"), series_plot("bank-mau", _("Monthly active customers"), (mau,))),
        (_("Tier moves"), series_plot("bank-tiers", _("Tier moves"), (ups, downs), kind="bars")),
    )
    why = _("the bank's tables do not hold what it is made from yet")
    drawn = tuple(plot for _title, plot in wanted if plot)
    return drawn, tuple((title, why) for title, plot in wanted if plot is None)


@lru_cache(maxsize=2)
def _series(place: Site) -> tuple[Series, Series, Series, Series, Series]:
    as_of = place.as_of or date.min
    since = as_of - timedelta(days=_DAYS)
    with reading(place) as (bank, engine):
        points = daily_aum(bank, engine, since=since, as_of=as_of)
        active = daily_mau(bank, engine, since=since, as_of=as_of)
        moves = tier_moves(bank, engine, as_of=as_of)
    return points, month_average_aum(points), active, moves.ups, moves.downs
