"""Coming in, going out, and the language of the pages."""

from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from wealthloop.access.models import Person
from wealthloop.errors import InvalidInput, NotAllowed
from wealthloop.web.context import site
from wealthloop.web.contexts import LoginPage
from wealthloop.web.pages import frame
from wealthloop.web.rooms import rooms_of

_YEAR = 365 * 24 * 3600


class Login(LoginView):
    """The login page; the first login in a browser takes on the person's language."""

    template_name = "web/login.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - Django's signature
        """Return the page's one value and its frame."""
        form: AuthenticationForm = kwargs.get("form") or self.get_form()
        page = LoginPage(form=form, next=self.get_redirect_url())
        return {"page": page, "frame": frame(self.request), "form": form, "view": self}

    def form_valid(self, form: AuthenticationForm) -> HttpResponseRedirect:
        """Log the person in."""
        answer = HttpResponseRedirect(super().form_valid(form).headers["Location"])
        person = form.get_user()
        if isinstance(person, Person) and settings.LANGUAGE_COOKIE_NAME not in self.request.COOKIES:
            _remember(answer, person.language)
        return answer


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Log out."""
    logout(request)
    return redirect("login")


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Change the language of the pages, in this browser and for the person.

    Raises:
        InvalidInput: a language that we do not speak.
    """
    code = request.POST.get("language", "")
    if code not in dict(settings.LANGUAGES):
        raise InvalidInput(f"language == {code[:16]}, must be one of {', '.join(dict(settings.LANGUAGES))}")
    if isinstance(request.user, Person):
        Person.objects.filter(pk=request.user.pk).update(language=code)
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()})
    answer = HttpResponseRedirect(target if safe else reverse("start"))
    _remember(answer, code)
    return answer


def start(request: HttpRequest) -> HttpResponse:
    """Go to the first of the person's rooms.

    Raises:
        NotAllowed: the person's role has no room.
    """
    if not isinstance(request.user, Person):
        return redirect_to_login(request.get_full_path())
    rooms = rooms_of(request.user.role, demonstration=site().home.settings.kind == "demonstration")
    if not rooms:
        raise NotAllowed(f"role == {request.user.role}, has no room")
    return redirect(rooms[0].name)


def _remember(answer: HttpResponse, code: str) -> None:
    answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, code, max_age=_YEAR, httponly=True, samesite="Lax")
