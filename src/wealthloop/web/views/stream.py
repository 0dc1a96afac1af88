"""The live stream of a desk: tells the browser that cards have changed; the browser then asks for the list."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from time import monotonic
from typing import Final, ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, StreamingHttpResponse

from wealthloop.access.models import Person
from wealthloop.delivery import cards
from wealthloop.errors import NotAllowed
from wealthloop.web.doors import visitor

POLL_SECONDS: Final = 0.5
_BEAT_SECONDS: Final = 15.0
"""A silent stream says that it lives, so that a closed browser is noticed."""
_LONGEST_SECONDS: Final = 600.0

P = ParamSpec("P")
R = TypeVar("R")


def _in_pool(work: Callable[P, R]) -> Callable[P, Coroutine[None, None, R]]:
    """Run in the loop's few threads, which all streams share: a thread for each would cost a connection for each."""
    return sync_to_async(work, thread_sensitive=False)


async def desk_stream(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Send an event ``cards`` whenever a card of the asker's own desk changes."""
    staff_id = await _allowed(request)
    if staff_id is None:
        return HttpResponseForbidden()
    since = request.headers.get("Last-Event-ID") or request.GET.get("since", "")
    events = _events(request, staff_id, int(since) if since.isdecimal() and len(since) < 19 else 0)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(events, content_type="text/event-stream", headers=headers)


async def _events(request: HttpRequest, staff_id: str, since: int) -> AsyncIterator[str]:
    began = beat = monotonic()
    yield "retry: 2000\n\n"
    while monotonic() - began < _LONGEST_SECONDS:
        newest = await _newest(request, staff_id, since)
        if newest is None:
            return
        if newest > since:
            since, beat = newest, monotonic()
            yield f"id: {newest}\nevent: cards\ndata: {newest}\n\n"
        elif monotonic() - beat > _BEAT_SECONDS:
            beat = monotonic()
            yield ": alive\n\n"
        await asyncio.sleep(POLL_SECONDS)


@_in_pool
def _allowed(request: HttpRequest) -> str | None:
    """Return the staff id whose desk may be followed; None for nobody."""
    person = get_user(request)
    if not isinstance(person, Person):
        return None
    try:
        return visitor(person, room="desk").person.staff_id
    except NotAllowed:
        return None


@_in_pool
def _newest(request: HttpRequest, staff_id: str, since: int) -> int | None:
    """Return the newest change of the desk, or None when the session that asked has ended (I20)."""
    session: SessionBase = request.session
    if session.session_key is None or not session.exists(session.session_key):
        return None
    changed = cards.changed_since(staff_id, since)
    return changed[-1].sequence if changed else since
