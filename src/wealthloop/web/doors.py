"""The door of every page: who asks, may they, and what they may see."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Concatenate, ParamSpec, TypeAlias

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from wealthloop.access.models import Person
from wealthloop.access.scope import Scope, scope_of
from wealthloop.errors import NotAllowed
from wealthloop.kit import day_of
from wealthloop.web.context import Site, site
from wealthloop.web.present import now
from wealthloop.web.rooms import rooms_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who asks, from where, and when."""

    person: Person
    scope: Scope
    site: Site
    now: datetime
    today: date


P = ParamSpec("P")
View: TypeAlias = Callable[Concatenate[HttpRequest, P], HttpResponse]
Guarded: TypeAlias = Callable[Concatenate[HttpRequest, Visitor, P], HttpResponse]


def door(room: str) -> Callable[[Guarded[P]], View[P]]:
    """Let in only people to whom a room belongs; anonymous people go to the login page first."""

    def guard(view: Guarded[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not isinstance(request.user, Person):
                return _to_login(request)
            return view(request, visitor(request.user, room=room), *args, **kwargs)

        return guarded

    return guard


def visitor(person: Person, *, room: str) -> Visitor:
    """Return the visitor that a person is in a room.

    Raises:
        NotAllowed: the room is not one of theirs.
    """
    place = site()
    rooms = rooms_of(person.role, demonstration=place.home.settings.kind == "demonstration")
    if room not in {own.name for own in rooms}:
        raise NotAllowed(f"room == {room}, is not one of {person.role}'s")
    instant = now(place.home)
    today = day_of(instant, place.home.zone)
    return Visitor(person=person, scope=scope_of(person), site=place, now=instant, today=today)


def _to_login(request: HttpRequest) -> HttpResponse:
    """Send to the login page; a part of a page tells the browser to go there as a whole."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=200, headers={"HX-Redirect": settings.LOGIN_URL})
    return redirect_to_login(request.get_full_path())
