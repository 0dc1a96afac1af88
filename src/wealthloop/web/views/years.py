"""The benchmark: what whole policies were worth in a bank whose truth is known."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from wealthloop.errors import DocumentError
from wealthloop.kit import Home
from wealthloop.reports.years import POLICIES, Year
from wealthloop.reports.years import years as results_of
from wealthloop.web.contexts import YearSection, YearsPage
from wealthloop.web.doors import Visitor, door
from wealthloop.web.pages import show
from wealthloop.web.templatetags.wealthloop import tongue
from wealthloop.web.words import word
from wealthloop.web.yearing import year_section


@require_GET
@door("years")
def years(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Show every published result and the home's own."""
    found, unreadable = _results(visitor.site.home)
    sections = tuple(year_section(year) for year in found)
    page = YearsPage(
        sections=sections,
        jumps=tuple((part.key, _jump(part)) for part in sections) if len(sections) > 1 else (),
        policies=tuple((word("policy", policy.name), tongue(policy)) for policy in POLICIES),
        unreadable=unreadable,
    )
    return show(request, "years.html", page, room="years")


def _jump(part: YearSection) -> str:
    return f"{part.world} v{part.version} · {part.facts[0]}"


def _results(home: Home) -> tuple[tuple[Year, ...], str]:
    """Return the results, or what is wrong with a file of them."""
    try:
        return results_of(home), ""
    except DocumentError as error:
        return (), str(error)
