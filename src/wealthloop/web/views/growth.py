"""What grows of the strategies: proposals to decide, the family tree, whom nothing serves."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from wealthloop import scoring
from wealthloop.access.models import Role
from wealthloop.errors import InvalidInput, NotAllowed, NotFound, WealthloopError
from wealthloop.evolution import decide
from wealthloop.evolution.models import ProposalState
from wealthloop.evolution.repository import place_in_stream, proposals, stream
from wealthloop.evolution.stars import stars
from wealthloop.evolution.tree import tree
from wealthloop.evolution.unserved import LEAST, unserved
from wealthloop.rehearsal import launching
from wealthloop.web.context import reading
from wealthloop.web.contexts.growth import GrowthPage, StarLine, UnservedLine
from wealthloop.web.doors import Visitor, door
from wealthloop.web.growing import node_line, proposal_line, scale_of
from wealthloop.web.pages import show
from wealthloop.web.templatetags.wealthloop import number
from wealthloop.web.views.reports import reports_of
from wealthloop.web.words import word

_STEPS: Final = ("accept", "refuse")
_DECIDES: Final = frozenset({Role.STRATEGY, Role.HEAD})


@require_GET
@door("growth")
def growth(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Show what is proposed, how strategies descend from each other, and who is served by nothing."""
    return _shown(request, visitor)


@require_POST
@door("growth")
def proposal_step(request: HttpRequest, visitor: Visitor, proposal_id: str, step: str) -> HttpResponse:
    """Accept or refuse a proposal; what cannot be done is told on the page.

    Raises:
        NotFound: no such proposal or step.
        NotAllowed: the role may not decide.
    """
    if visitor.person.role not in _DECIDES:
        raise NotAllowed(f"role == {visitor.person.role}, may not decide on proposals")
    if step not in _STEPS:
        raise NotFound(f"step == {step[:16]}, must be accept or refuse")
    by, now, reason = visitor.person.username, visitor.now, request.POST.get("reason", "")[:2000]
    try:
        if step == "accept":
            with reading(visitor.site) as (bank, engine):
                launching.accept(visitor.site.home, bank, engine, proposal_id, by=by, now=now, reason=reason)
        else:
            decide.refuse(proposal_id, by, now, reason=reason)
    except NotFound:
        raise
    except launching.UnderPowered:
        told = _("Not taken: the test is under-powered; say why it is made all the same.")
        return _shown(request, visitor, told=told, status=409)
    except InvalidInput:
        return _shown(request, visitor, told=_("A refusal needs a reason."), status=400)
    except WealthloopError:
        return _shown(request, visitor, told=_("It has been decided already, or does not fit any more."), status=409)
    return redirect("growth")


def _shown(request: HttpRequest, visitor: Visitor, *, told: str = "", status: int = 200) -> HttpResponse:
    nodes = tree(reports_of(visitor.site))
    scale = scale_of(nodes)
    newest, _place = place_in_stream()
    tests = stream(newest)
    page = GrowthPage(
        proposals=tuple(proposal_line(row) for row in proposals(states=(ProposalState.OPEN,))),
        nodes=tuple(node_line(node, scale) for node in nodes), zero=scale.at(0.0), unserved=_unserved(visitor),
        stars=tuple(
            StarLine(
                staff_id=one.staff_id, strategy_id=one.strategy_id, trigger=word("trigger", one.trigger),
                worked=one.worked, won=one.won, expected=one.expected,
            )
            for one in stars()
        ),
        confirmed=sum(node["confirmed"] is not None for node in nodes), level=tests.level(),
        may_decide=visitor.person.role in _DECIDES, told=told,
    )  # fmt: skip
    return show(request, "growth.html", page, room="growth", status=status)


def few(count: int | None) -> str:
    """Write a count; one below the least that may be told is not told."""
    return "–" if count is None else f"<{LEAST}" if count < LEAST else number(count)


def _unserved(visitor: Visitor) -> tuple[UnservedLine, ...]:
    day, home = visitor.site.as_of, visitor.site.home
    if day is None or not (home.features / f"{day.isoformat()}.parquet").exists():
        return ()
    known = (home.scores / f"{day.isoformat()}.parquet").exists()
    return tuple(
        UnservedLine(
            tier=word("tier", one.tier),
            lifecycle=word("lifecycle", one.lifecycle),
            life_stage=word("life_stage", one.life_stage),
            unserved=one.unserved,
            share=one.share,
            aum=one.aum,
            low_scores=few(one.low_scores),
        )
        for one in unserved(home, as_of=day, scores=scoring.load(home, day) if known else None)
    )
