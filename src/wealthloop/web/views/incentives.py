"""The incentives: what each yuan brought in, between amounts too, and what to do about it."""

from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from wealthloop.access.scope import Scope
from wealthloop.experiments.fieller import Ratio
from wealthloop.loop.budget import budget_price
from wealthloop.reports.advice import RULE, Advice
from wealthloop.reports.incentives import ArmReturn, IncentiveReport
from wealthloop.reports.incentives import incentives as reported
from wealthloop.web.context import Site, reading
from wealthloop.web.contexts.incentives import IncentiveSection, IncentivesPage, ReturnLine
from wealthloop.web.counts import shown
from wealthloop.web.doors import Visitor, door
from wealthloop.web.pages import show
from wealthloop.web.templatetags.wealthloop import DASH, money
from wealthloop.web.views.reports import work_done
from wealthloop.web.words import word


@require_GET
@door("incentives")
def incentives(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Show every version that gives an incentive or a benefit."""
    found = _reports(visitor.site, work_done())
    page = IncentivesPage(
        sections=tuple(_section(one, visitor.scope) for one in found), rule=RULE, as_of=visitor.site.as_of
    )
    return show(request, "incentives.html", page, room="incentives")


@lru_cache(maxsize=2)
def _reports(place: Site, work_done: tuple[object, ...]) -> tuple[IncentiveReport, ...]:  # noqa: ARG001 - keys the cache
    if place.as_of is None:
        return ()
    with reading(place) as (bank, engine):
        return reported(bank, engine, place.home, as_of=place.as_of, price=budget_price(place.as_of))


def _section(report: IncentiveReport, scope: Scope) -> IncentiveSection:
    methods = [arm.value.method for arm in report.arms if arm.value]
    return IncentiveSection(
        name=report.name,
        strategy_id=report.strategy_id,
        version=report.version,
        metric=word("metric", report.metric),
        hurdle=f"{report.hurdle:.2f}",
        price="" if report.price is None else f"{report.price:.2f}",
        method=methods[0] if methods else "",
        arms=tuple(_line(arm, scope) for arm in report.arms),
    )


def _line(arm: ArmReturn, scope: Scope) -> ReturnLine:
    return ReturnLine(
        arm=word("arm", arm.arm),
        given=arm.given,
        n=shown(arm.n, scope),
        value=_ratio(arm.value),
        sales=_ratio(arm.sales),
        beside=word("arm", arm.beside) if arm.beside else "",
        marginal=_ratio(arm.marginal),
        code=arm.advice.code,
        advice=_advice(arm.advice),
        why=arm.advice.why,
    )


def _ratio(found: Ratio | None) -> str:
    """Write a ratio with its interval; money is yuan for each yuan."""
    if found is None or found.ratio is None:
        return DASH
    if found.low is None or found.high is None:
        return _("%(mean)s (no bounds yet)") % {"mean": f"{found.ratio:,.2f}"}
    numbers = {"mean": f"{found.ratio:,.2f}", "low": f"{found.low:,.2f}", "high": f"{found.high:,.2f}"}
    return _("%(mean)s (%(low)s to %(high)s)") % numbers


def _advice(advice: Advice) -> str:
    said = word("advice", advice.code)
    return said if advice.to is None else _("%(advice)s to %(amount)s yuan") % {
        "advice": said, "amount": money(advice.to)
    }  # fmt: skip
