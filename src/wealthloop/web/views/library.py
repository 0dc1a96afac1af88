"""The library: strategies that are ready to be taken, changed and handed in."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from wealthloop.errors import NotAllowed
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.load import load_strategy, shipped, shipped_text
from wealthloop.strategies.parts import Words
from wealthloop.strategies.repository import versions
from wealthloop.strategies.review import draft
from wealthloop.strategies.turns import STEPS
from wealthloop.web.contexts.incentives import LibraryPage, ReadyLine
from wealthloop.web.doors import Visitor, door
from wealthloop.web.pages import show
from wealthloop.web.views.strategies import judged
from wealthloop.web.words import word


@require_GET
@door("library")
def library(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """List the ready strategies."""
    newest = {row.strategy_id: row.version for row in versions()}
    lines = tuple(_line(one, newest.get(one.id, 0)) for one in shipped())
    return show(request, "library.html", LibraryPage(lines=lines, may_draft=_may_draft(visitor)), room="library")


@require_GET
@door("library")
def library_document(request: HttpRequest, visitor: Visitor, strategy_id: str) -> HttpResponse:  # noqa: ARG001
    """Give the document of a ready strategy as a file.

    Raises:
        NotFound: the library has no such strategy.
    """
    name = f'attachment; filename="{strategy_id}.yaml"'
    text = shipped_text(strategy_id)
    return HttpResponse(text, content_type="application/yaml; charset=utf-8", headers={"Content-Disposition": name})


@require_POST
@door("library")
def library_draft(request: HttpRequest, visitor: Visitor, strategy_id: str) -> HttpResponse:  # noqa: ARG001
    """Keep the document of a ready strategy as a draft of whoever asks; a second click finds the first one's.

    Raises:
        NotAllowed: the role writes no strategies.
        NotFound: the library has no such strategy.
    """
    if not _may_draft(visitor):
        raise NotAllowed(f"role == {visitor.person.role}, may not draft a strategy")
    with transaction.atomic():
        draft(load_strategy(shipped_text(strategy_id)), visitor.person.username, visitor.now)
    return redirect("strategies")


def _may_draft(visitor: Visitor) -> bool:
    return visitor.person.role in STEPS["submit"].roles


def _line(one: Strategy, version: int) -> ReadyLine:
    return ReadyLine(
        strategy_id=one.id,
        name=one.name,
        purpose=one.purpose,
        owner=one.owner,
        triggers=tuple(word("trigger", trigger) for trigger in one.occasions),
        channels=tuple(word("channel", channel) for channel in one.plan_channels),
        offers=tuple(word("category", category) for category in one.offer.all_categories),
        success=judged(one.success),
        says=Words(zh=one.card.zh.talk_track, en=one.card.en.talk_track),
        version=version,
    )
