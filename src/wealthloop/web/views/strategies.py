"""The strategies: every version, who answers for it, what it is judged by."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from wealthloop.access.models import Role
from wealthloop.kit import day_of
from wealthloop.policies.models import Stop
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.ending import due
from wealthloop.strategies.models import StrategyVersion
from wealthloop.strategies.parts import Success
from wealthloop.web.contexts import StrategiesPage, StrategyLine
from wealthloop.web.contexts.life import LifeLine
from wealthloop.web.doors import Visitor, door
from wealthloop.web.living import life_line
from wealthloop.web.modelling import flag_lines, model_flags
from wealthloop.web.pages import show
from wealthloop.web.rooms import in_console
from wealthloop.web.templatetags.wealthloop import money, percent
from wealthloop.web.words import word


@require_GET
@door("strategies")
def strategies(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """List every version, the newest of each strategy first."""
    return listed(request, visitor)


def listed(request: HttpRequest, visitor: Visitor, *, told: str = "", status: int = 200) -> HttpResponse:
    """Show every version; ``told``: why a step was not taken."""
    home = visitor.site.home
    versions = StrategyVersion.objects.order_by("strategy_id", "-version")
    flags = model_flags(home)
    ended = {(one.strategy_id, one.version): one for one in due(home, visitor.site.as_of or visitor.today)}
    lines = tuple(
        _line(version, home.zone, flags, life_line(version, ended.get((version.strategy_id, version.version)), visitor))
        for version in versions
    )
    page = StrategiesPage(
        lines=lines, stopped=_stop(), told=told, can_edit=visitor.person.role == Role.STRATEGY,
        may_rehearse=in_console(visitor.person.role),
    )  # fmt: skip
    return show(request, "strategies.html", page, room="strategies", status=status)


def _line(version: StrategyVersion, zone: ZoneInfo, flags: Mapping[str, Sequence[str]], life: LifeLine) -> StrategyLine:
    document = Strategy.model_validate(version.document)
    return StrategyLine(
        strategy_id=version.strategy_id,
        version=version.version,
        name=document.name,
        purpose=document.purpose,
        state=version.state,
        owner=document.owner,
        author=version.author,
        approved_by=version.approved_by,
        approved_on=day_of(version.approved_at, zone) if version.approved_at else None,
        launched_on=version.launched_on,
        triggers=tuple(word("trigger", trigger) for trigger in document.occasions),
        channels=tuple(word("channel", channel) for channel in document.plan_channels),
        arms=tuple((word("arm", arm.name), arm.share, arm.control and arm.name != "control") for arm in document.arms),
        success=judged(document.success),
        daily_maximum=document.daily_maximum,
        daily_minimum=document.daily_minimum,
        content_hash=version.content_hash,
        model_id=document.model_id,
        model_flags=flag_lines(flags.get(document.model_id, ())),
        life=life,
    )


def judged(success: Success) -> str:
    """Say what the version is judged by."""
    least = success.minimum_worthwhile_effect
    words = (
        _("%(metric)s of %(categories)s within %(days)d days; at least %(least)s; alpha %(alpha)s, power %(power)s")
        if success.categories
        else _("%(metric)s within %(days)d days; at least %(least)s; alpha %(alpha)s, power %(power)s")
    )
    return words % {
        "metric": word("metric", success.metric),
        "categories": ", ".join(word("category", category) for category in success.categories),
        "days": success.window_days,
        "least": money(round(least)) if success.metric == "amount" else percent(least, 1),
        "alpha": percent(success.alpha),
        "power": percent(success.power),
    }


def _stop() -> str:
    """Return who stopped all sending and why, empty when nothing is stopped."""
    stop = Stop.objects.order_by("pk").first()
    return f"{stop.by}: {stop.reason}" if stop else ""
