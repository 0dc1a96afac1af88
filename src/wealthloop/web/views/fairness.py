"""The page of fairness: load and value across desks and branches, envy, floors, and what one more would be worth."""

from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from wealthloop.errors import NotFound
from wealthloop.rehearsal.fairness import Fairness
from wealthloop.rehearsal.fairness import fairness as gathered
from wealthloop.web.context import Site, reading
from wealthloop.web.contexts.fairness import FairnessPage
from wealthloop.web.doors import Visitor, door
from wealthloop.web.fair import fairness_page
from wealthloop.web.pages import show
from wealthloop.web.views.reports import work_done


@require_GET
@door("fairness")
def fairness(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Show who had how much in the newest night."""
    found = _fairness(visitor.site, work_done())
    page = FairnessPage(as_of=None) if found is None else fairness_page(found, visitor.scope)
    return show(request, "fairness.html", page, room="fairness")


@lru_cache(maxsize=2)
def _fairness(place: Site, work_done: tuple[object, ...]) -> Fairness | None:  # noqa: ARG001 - keys the cache
    """Return the report of the newest night; None where none has planned."""
    if place.as_of is None:
        return None
    with reading(place) as (bank, engine):
        try:
            return gathered(place.home, bank, engine, since=place.as_of, as_of=place.as_of)
        except NotFound:
            return None
