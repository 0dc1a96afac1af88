"""Steps in the life of a strategy version, taken from the page: roles checked here, a double click counted once."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from wealthloop.access.models import AuditEntry
from wealthloop.errors import Conflict, DocumentError, InvalidInput, NotAllowed, NotFound, WealthloopError
from wealthloop.evolution.decide import taken_over
from wealthloop.experiments import experiment_id
from wealthloop.rehearsal import launching
from wealthloop.strategies import life
from wealthloop.strategies.models import StrategyVersion
from wealthloop.strategies.repository import held_in, version_row
from wealthloop.strategies.signing import rules_here
from wealthloop.strategies.turns import STEPS, may_take
from wealthloop.web.context import reading
from wealthloop.web.doors import Visitor, door
from wealthloop.web.views.strategies import listed

_DONE: Final = {
    "check": {"checked"}, "submit": {"submitted"}, "sign": {"signed", "approved"}, "reject": {"rejected"},
    "launch": {"launched"}, "pause": {"paused"}, "resume": {"resumed"}, "conclude": {"concluded"},
    "retire": {"retired"},
}  # fmt: skip
"""By step, what the audit says when it has been taken."""


@require_POST
@door("strategies")
def strategy_step(request: HttpRequest, visitor: Visitor, strategy_id: str, version: int, step: str) -> HttpResponse:
    """Take a step; what is refused is told on the page of the strategies.

    Raises:
        NotFound: no such version or step.
        NotAllowed: the role may not take it.
    """
    if step not in STEPS:
        raise NotFound(f"step == {step[:16]}, must be one of {', '.join(STEPS)}")
    row = version_row(strategy_id, version)
    by, role = visitor.person.username, visitor.person.role
    if not may_take(step, row, by=by, role=role, rules=rules_here()):
        raise NotAllowed(f"role == {role}, may not {step} {experiment_id(strategy_id, version)}")
    try:
        _take(request, visitor, row, step)
    except NotFound:
        raise
    except WealthloopError as error:
        if not _has_taken(row, step, by):
            return listed(request, visitor, told=_refused(error), status=409)
    return redirect("strategies")


def _take(request: HttpRequest, visitor: Visitor, row: StrategyVersion, step: str) -> None:
    which = (row.strategy_id, row.version)
    by, now, reason = visitor.person.username, visitor.now, request.POST.get("reason", "")[:2000]
    if step == "submit":
        with reading(visitor.site) as (bank, engine):
            launching.submit(visitor.site.home, bank, engine, held_in(row)[0], by=by, now=now, reason=reason)
    elif step == "sign":
        life.sign(*which, by, now, seen=request.POST.get("seen", "") or "nothing")
    elif step == "reject":
        life.reject(*which, by, now, reason)
    elif step == "conclude":
        life.conclude(*which, request.POST.get("verdict", ""), by, now, reason)
    elif step == "launch":
        _asked(request, row)
        with reading(visitor.site) as (bank, engine):
            launching.launch(visitor.site.home, bank, engine, *which, by=by, now=now, on=visitor.today, reason=reason)
    else:
        {"check": life.check, "pause": life.pause, "resume": life.resume, "retire": life.retire}[step](*which, by, now)


def _asked(request: HttpRequest, row: StrategyVersion) -> None:
    """Refuse a launch that would conclude another version's test unless the person has said so.

    Raises:
        Conflict: they have not.
    """
    tested = taken_over(row.strategy_id, row.version)
    if tested is not None and request.POST.get("concludes") != tested.about:
        raise Conflict(f"{experiment_id(row.strategy_id, row.version)}: concludes {tested.about}, must be agreed to")


def _has_taken(row: StrategyVersion, step: str, by: str) -> bool:
    """Say whether the newest thing done to a version is this step by this person: a second click.

    What was foretold of it stands in the audit behind the step.
    """
    done = AuditEntry.objects.filter(object_type="strategy", object_id=experiment_id(row.strategy_id, row.version))
    newest = done.exclude(verb="strategy.foretold").order_by("-sequence").first()
    return newest is not None and newest.actor == by and newest.verb.removeprefix("strategy.") in _DONE[step]


def _refused(error: WealthloopError) -> str:
    """Say in the reader's language why a step was not taken."""
    if isinstance(error, NotAllowed):
        return _("Not taken: you wrote this version, have signed it, or your role does not give what it lacks.")
    if isinstance(error, DocumentError):
        return _("Not taken: the document breaks a rule of today.")
    if isinstance(error, launching.UnderPowered):
        return _("Not taken: the test is under-powered; say why it is made all the same.")
    if isinstance(error, InvalidInput):
        return _("Not taken: say why, and for a verdict which.")
    return _("Not taken: the version has moved on since you read it. It is shown as it stands now.")
