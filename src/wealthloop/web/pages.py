"""Showing a page: one typed value and the frame around it."""

from dataclasses import dataclass
from datetime import date
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from wealthloop.access.models import Person
from wealthloop.errors import HomeError
from wealthloop.web.context import Site, site
from wealthloop.web.rooms import Room, rooms_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around every page."""

    bank_name: str
    kind: str
    as_of: date | None
    language: str
    person: Person | None
    rooms: tuple[Room, ...]
    room: str
    """The name of the room that is open."""
    red_means_up: bool

    @property
    def finds_customers(self) -> bool:
        """Whether the person has the room in which customers are found."""
        return any(room.name == "customers" for room in self.rooms)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    """What went wrong, what was kept, what to do."""

    status: int
    title: str
    said: str


def frame(request: HttpRequest, *, room: str = "", place: Site | None = None) -> Frame:
    """Return the frame for the asker."""
    found = place or site()
    person = request.user if isinstance(request.user, Person) else None
    settings = found.home.settings
    return Frame(
        bank_name=settings.bank_name,
        kind=settings.kind,
        as_of=found.as_of,
        language=get_language() or settings.language,
        person=person,
        rooms=rooms_of(person.role, demonstration=settings.kind == "demonstration") if person else (),
        room=room,
        red_means_up=settings.red_means_up,
    )


def show(request: HttpRequest, template: str, page: object, *, room: str = "", status: int = 200) -> HttpResponse:
    """Render a page: the template gets ``page`` and ``frame``."""
    return render(request, f"web/{template}", {"page": page, "frame": frame(request, room=room)}, status=status)


def fragment(request: HttpRequest, template: str, page: object) -> HttpResponse:
    """Render a part of a page: the template gets ``page``."""
    return render(request, f"web/{template}", {"page": page})


def error_page(request: HttpRequest, *, status: int, said: str) -> HttpResponse:
    """Answer with a page that says what happened; a part of a page gets one line for its notice."""
    page = ErrorPage(status=status, title=_title(status), said=said)
    if request.headers.get("HX-Request"):
        answer = render(request, "web/parts/notice.html", {"page": page}, status=status)
        answer["HX-Retarget"], answer["HX-Reswap"] = "#notice", "innerHTML"
        return answer
    return render(request, "web/error.html", {"page": page, "frame": _safe_frame(request)}, status=status)


def _safe_frame(request: HttpRequest) -> Frame | None:
    """Return the frame, or None where the home itself cannot be opened."""
    try:
        return frame(request)
    except HomeError:
        return None


def _title(status: int) -> str:
    titles = {
        HTTPStatus.BAD_REQUEST: _("This could not be understood"),
        HTTPStatus.FORBIDDEN: _("This is not one of your rooms"),
        HTTPStatus.NOT_FOUND: _("Nothing here"),
        HTTPStatus.CONFLICT: _("This has moved on"),
    }
    return titles.get(HTTPStatus(status), _("Something went wrong here"))
