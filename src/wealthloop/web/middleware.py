"""Doors of the pages: static files, and our errors turned into pages once."""

from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

from wealthloop.errors import NotAllowed, NotFound, WealthloopError
from wealthloop.web.pages import error_page

log = structlog.get_logger()


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise with answers in one piece: a file iterator would have to be consumed in a thread under ASGI."""

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        """Answer with a static file's bytes."""
        found = static_file.get_response(request.method, request.META)
        content = b""
        if found.file is not None:
            with found.file as file:
                content = file.read()
        answer = HttpResponse(content, status=int(found.status))
        del answer["Content-Type"]
        for name, value in found.headers:
            answer[name] = value
        return answer


class Errors:
    """Turns the errors that we name into pages; the vendor's own text never reaches a person."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer one of our errors with its status; any other goes on to the 500 page."""
        if not isinstance(error, WealthloopError):
            return None
        if error.status >= 500:
            log.error("page.failed", code=error.code, error=str(error))
        return error_page(request, status=error.status, said=_said(error))


def _said(error: WealthloopError) -> str:
    """Say what happened; what lies outside the scope answers as what does not exist, to the letter (I19)."""
    if isinstance(error, NotAllowed):
        return _("Your role does not have this; the rail shows what it has.")
    if isinstance(error, NotFound):
        return _("There is no such thing within your reach.")
    if error.status >= 500:
        return _("What was saved before is kept. The log says what happened; try again, or tell operations.")
    return _("The request broke a rule; nothing was changed.")
