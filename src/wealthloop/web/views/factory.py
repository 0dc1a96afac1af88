"""The models: healthy and used beside trained, what each is for, and who may put another version to use."""

from typing import Final

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from wealthloop import scoring
from wealthloop.access.models import Role
from wealthloop.champions import life
from wealthloop.champions.life import Refused
from wealthloop.champions.models import ModelVersion, VersionState
from wealthloop.champions.repository import in_use, waiting
from wealthloop.errors import InvalidInput, NotAllowed, NotFound, WealthloopError
from wealthloop.scoring import Family, Flag, Health, record_of
from wealthloop.scoring.effectmodels import current_effect, current_effects
from wealthloop.strategies.models import StrategyState, StrategyVersion
from wealthloop.strategies.parts import Words
from wealthloop.web.contexts import FactoryPage, ModelPage
from wealthloop.web.doors import Visitor, door
from wealthloop.web.modelling import (
    calibration_plot,
    effect_facts,
    effect_line,
    effect_plots,
    facts_of,
    family_lines,
    flag_lines,
    model_line,
    total_line,
    version_note,
)
from wealthloop.web.pages import show
from wealthloop.web.words import word

_SHOWN: Final = 50
_ANSWERS: Final = frozenset({Role.DATA, Role.STRATEGY, Role.COMPLIANCE, Role.HEAD})
"""Who may put a version to use, two of them together."""


@require_GET
@door("models")
def factory(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Show what there is, by family, and find models by name, family or flag."""
    users, health = _users(), _health(visitor)
    used = frozenset(users)
    rows = [
        (family, bool(learner), [str(flag) for flag in _flags(health, model_id, version, flags)], model_id)
        for family, learner, flags, model_id, version in in_use().values_list(
            "family", "learner", "flags", "model_id", "version"
        )
    ]  # fmt: skip
    query, family, flag = (request.GET.get(name, "").strip()[:80] for name in ("q", "family", "flag"))
    found = _found(query, family, flag)
    page = FactoryPage(
        total=total_line(rows, used), families=family_lines(rows, used),
        used=tuple(model_line(row, users, health) for row in in_use().filter(model_id__in=used).order_by("model_id")),
        effects=tuple(effect_line(one, users) for one in current_effects(visitor.site.home)),
        waiting=tuple(model_line(row, users) for row in waiting()[:_SHOWN]),
        found=tuple(model_line(row, users, health) for row in found[:_SHOWN]), more=max(0, len(found) - _SHOWN),
        query=query, family=family, flag=flag,
        family_choices=tuple((one.value, word("model_family", one.value)) for one in Family),
        flag_choices=tuple((one.value, word("flag", one.value)) for one in Flag),
    )  # fmt: skip
    return show(request, "factory.html", page, room="models")


@require_GET
@door("models")
def model(request: HttpRequest, visitor: Visitor, model_id: str) -> HttpResponse:
    """Show one model."""
    return show(request, "model.html", _page(visitor, model_id), room="models")


@require_POST
@door("models")
def model_step(request: HttpRequest, visitor: Visitor, model_id: str, step: str) -> HttpResponse:
    """Propose, approve, reject or roll back; what is refused is told on the model's page.

    Raises:
        NotAllowed: the role may not.
    """
    if visitor.person.role not in _ANSWERS:
        raise NotAllowed(f"role == {visitor.person.role}, may not put models to use")
    try:
        with transaction.atomic():
            _take(visitor, model_id, step)
    except NotFound:
        raise
    except WealthloopError as error:
        page = _page(visitor, model_id, told=_refused(step, error))
        return show(request, "model.html", page, room="models", status=409)
    return redirect("model", model_id=model_id)


def _refused(step: str, error: WealthloopError) -> str:
    """Say in the reader's language why a step was not taken."""
    if isinstance(error, NotAllowed):
        return _("You proposed this version: somebody else must approve it.")
    if isinstance(error, Refused):
        one = error.comparison
        figures = {"measure": one.measure.upper(), "low": one.difference.low, "margin": one.margin}
        return _("Not proposed: %(measure)s may change by %(low)+.4f, and at most -%(margin).2f is allowed.") % figures
    said = {
        "propose": _(
            "Not proposed: the versions have changed or cannot be compared. They are shown as they stand now."
        ),
        "approve": _("Not approved: nothing is proposed, it has expired, or the version in use has changed since."),
        "rollback": _("Not gone back: the version before has expired."),
    }
    return said.get(step, _("This step does not exist."))


def _take(visitor: Visitor, model_id: str, step: str) -> None:
    home, by, now, today = visitor.site.home, visitor.person.username, visitor.now, visitor.today
    if step == "propose":
        compared = life.compare_waiting(visitor.site.bank, visitor.site.engine, home, model_id)
        life.propose(model_id, compared, by=by, now=now)
    elif step == "approve":
        life.approve(home, model_id, by=by, today=today, now=now)
    elif step == "reject":
        life.reject(model_id, by=by, now=now)
    elif step == "rollback":
        life.rollback(home, model_id, by=by, today=today, now=now)
    else:
        raise InvalidInput(f"step == {step[:16]}, must be propose, approve, reject or rollback")


def _page(visitor: Visitor, model_id: str, *, told: str = "") -> ModelPage:
    users = _users()
    if model_id.startswith("uplift/"):
        return _effect_page(visitor, model_id, users, told)
    record = record_of(visitor.site.home, model_id)
    health = _health(visitor).get(model_id)
    flags = health.flags if health and health.version == record.version else record.flags
    rows = list(ModelVersion.objects.filter(model_id=model_id).order_by("-since", "-pk")[:_SHOWN])
    states = {row.state for row in rows}
    may = visitor.person.role in _ANSWERS
    plot = calibration_plot(record)
    return ModelPage(
        model_id=model_id, words=Words(zh=record.manifest.spec.zh, en=record.manifest.spec.en),
        facts=facts_of(record, health), flags=flag_lines([str(flag) for flag in flags]),
        plots=() if plot is None else (plot,), used_by=users.get(model_id, ()),
        versions=tuple(model_line(row, users) for row in rows), version_notes=tuple(map(version_note, rows)),
        can_propose=may and VersionState.CHALLENGER in states,
        can_approve=may and any(
            row.state == VersionState.PROPOSED and row.proposed_by != visitor.person.username for row in rows
        ),
        can_roll_back=may and any(row.state == VersionState.RETIRED and row.was_champion for row in rows), told=told,
    )  # fmt: skip


def _effect_page(visitor: Visitor, model_id: str, users: dict[str, tuple[str, ...]], told: str) -> ModelPage:
    record = current_effect(visitor.site.home, model_id)
    if record is None:
        raise NotFound(f"model {model_id}: none is trained in this home")
    one = record.manifest
    return ModelPage(
        model_id=model_id, words=Words(zh=one.zh, en=one.en), facts=effect_facts(record),
        flags=flag_lines([str(flag) for flag in one.flags]), plots=effect_plots(record),
        used_by=users.get(model_id, ()), versions=(), version_notes=((record.version[:12], "", ""),),
        can_propose=False, can_approve=False, can_roll_back=False, told=told,
    )  # fmt: skip


def _users() -> dict[str, tuple[str, ...]]:
    """Return which running strategies use a model, by model id; a model of effects by its strategy."""
    found: dict[str, list[str]] = {}
    for row in StrategyVersion.objects.filter(state=StrategyState.RUNNING).order_by("strategy_id"):
        found.setdefault(str(row.document["model_id"]), []).append(row.strategy_id)
        found.setdefault(f"uplift/{row.strategy_id.replace('-', '_')}/conversion", []).append(row.strategy_id)
    return {name: tuple(several) for name, several in found.items()}


def _health(visitor: Visitor) -> dict[str, Health]:
    """Return the findings of the newest complete night, by model id."""
    day = visitor.site.home.current()
    return {} if day is None else {one.model_id: one for one in scoring.load_health(visitor.site.home, day)}


def _flags(health: dict[str, Health], model_id: str, version: str, trained: list[str]) -> list[str]:
    tonight = health.get(model_id)
    return [str(one) for one in tonight.flags] if tonight and tonight.version == version else trained


def _found(query: str, family: str, flag: str) -> list[ModelVersion]:
    """Return the models in use that are asked for; none where nothing is asked."""
    if not (query or family or flag):
        return []
    rows = in_use().order_by("model_id")
    for term in query.split():
        rows = rows.filter(model_id__icontains=term) | rows.filter(zh__icontains=term) | rows.filter(en__icontains=term)
    rows = rows.filter(family=family) if family else rows
    return [row for row in rows if not flag or flag in row.flags]
