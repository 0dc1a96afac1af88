"""A version before its launch: the sheet that was kept when it was handed in or launched, or one worked out now."""

from functools import lru_cache, partial

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from wealthloop.errors import NotAllowed
from wealthloop.experiments import experiment_id
from wealthloop.rehearsal import launching
from wealthloop.rehearsal.ledger import Forecast, kept
from wealthloop.rehearsal.scored import Record, record
from wealthloop.rehearsal.types import Sheet
from wealthloop.strategies.models import StrategyVersion
from wealthloop.strategies.repository import held_in, version_row
from wealthloop.web.context import Site, reading
from wealthloop.web.contexts.prelaunch import PrelaunchPage
from wealthloop.web.counts import shown
from wealthloop.web.doors import Visitor, door
from wealthloop.web.pages import show
from wealthloop.web.rooms import in_console
from wealthloop.web.sheets import alike_line, tables_of, value_line


@require_GET
@door("strategies")
def prelaunch(request: HttpRequest, visitor: Visitor, strategy_id: str, version: int) -> HttpResponse:
    """Show the newest sheet of a version; with ``?now`` work one out, which takes some seconds and keeps nothing.

    Raises:
        NotFound: no such version.
        NotAllowed: the person works on a desk.
    """
    if not in_console(visitor.person.role):
        raise NotAllowed(f"role == {visitor.person.role}, sees no sheets of strategies")
    row = version_row(strategy_id, version)
    made = kept(visitor.site.home, experiment_id(strategy_id, version))
    held = [one for one in made if one.sheet.content_hash == row.content_hash]
    forecast = held[-1] if held else None
    asked = "now" in request.GET
    sheet = _worked_out(visitor, row) if asked else forecast.sheet if forecast else None
    page = _page(visitor, row, sheet, None if asked else forecast)
    return show(request, "prelaunch.html", page, room="strategies")


def _worked_out(visitor: Visitor, row: StrategyVersion) -> Sheet | None:
    with reading(visitor.site) as (bank, engine):
        return launching.sheet_of(visitor.site.home, bank, engine, held_in(row)[0], now=visitor.now)


def _page(visitor: Visitor, row: StrategyVersion, sheet: Sheet | None, forecast: Forecast | None) -> PrelaunchPage:
    found = _record(visitor.site) if sheet is not None and row.launched_on is not None else None
    mine = None if found is None else next(
        (one for one in found.forecasts if (one.strategy_id, one.version) == (row.strategy_id, row.version)), None
    )  # fmt: skip
    tell = partial(shown, scope=visitor.scope)
    return PrelaunchPage(
        strategy_id=row.strategy_id,
        version=row.version,
        name=held_in(row)[0].name,
        state=row.state,
        as_of=None if sheet is None else sheet.as_of,
        made=_made(forecast),
        made_at=None if forecast is None else forecast.at.astimezone(visitor.site.home.zone),
        under_powered=sheet is not None and sheet.under_powered,
        reason="" if forecast is None else forecast.reason,
        value="" if sheet is None else value_line(sheet),
        alike="" if sheet is None else alike_line(sheet, tell=tell),
        tables=() if sheet is None else tables_of(sheet, mine, found, tell=tell),
    )


@lru_cache(maxsize=2)
def _record(place: Site) -> Record | None:
    """Return what forecasts have come to; worked out once a night."""
    if place.as_of is None:
        return None
    with reading(place) as (bank, engine):
        return record(place.home, bank, engine, as_of=place.as_of)


def _made(forecast: Forecast | None) -> str:
    if forecast is None:
        return _("worked out now, not kept")
    says = {"submitted": _("kept when %(who)s handed it in"), "launched": _("kept when %(who)s launched it")}
    return says[forecast.occasion] % {"who": forecast.by}
