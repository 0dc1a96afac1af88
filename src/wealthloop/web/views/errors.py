"""Pages for what the pages themselves did not answer."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from wealthloop.web.pages import error_page


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Answer 400."""
    return error_page(request, status=400, said=_("The request broke a rule; nothing was changed."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Answer 403."""
    return error_page(request, status=403, said=_("Nothing was changed."))


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Answer 403 for a form that is older than the session."""
    return error_page(
        request, status=403, said=_("The form is older than your login; nothing was changed. Open the page again.")
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Answer 404."""
    return error_page(request, status=404, said=_("There is no such thing within your reach."))


def failed(request: HttpRequest) -> HttpResponse:
    """Answer 500."""
    return error_page(
        request,
        status=500,
        said=_("What was saved before is kept. The log says what happened; try again, or tell operations."),
    )
