"""The report page's part on standing experiments."""

from django.utils.translation import gettext as _

from wealthloop.access.scope import Scope
from wealthloop.reports.standing import PRIMARY, StandingEffect, StandingReport
from wealthloop.web.contexts import CheckLine, StandingLine, StandingSection
from wealthloop.web.counts import SMALL, shown
from wealthloop.web.templatetags.wealthloop import money, points, signed_money, tongue
from wealthloop.web.words import word


def standing_section(report: StandingReport, scope: Scope) -> StandingSection:
    """Return one standing experiment's part; nothing of small arms to a reader who sees a part of the bank."""
    clear = scope.everything or min(n for _name, n, _clusters in report.arms) >= SMALL
    design = report.design
    names = {arm.name: word("standing_arm", arm.name) for arm in design.arms}
    pending = tongue(report.pending) if report.pending is not None else ""
    return StandingSection(
        name=names[design.arms[1].name],
        period=design.period,
        begins=design.begins,
        ends=design.ends,
        arms=tuple(
            (names[name], shown(n, scope), f"{clusters:,}" if clusters and clear else "")
            for name, n, clusters in report.arms
        ),
        effects=tuple(_line(one) for one in report.effects) if clear else (),
        pending=pending if clear else _("too few customers yet, or a check fails"),
        checks=tuple(
            CheckLine(name=word("check", check.name), ok=check.ok, found=tongue(check.found) if clear else "")
            for check in report.checks
        ),
    )


def _line(one: StandingEffect) -> StandingLine:
    yuan = one.metric != "conversion"
    certain = one.low > 0 or one.high < 0
    text = _("%(mean)s (%(low)s to %(high)s)") % {
        "mean": signed_money(round(one.effect)) if yuan else _signed_points(one.effect),
        "low": money(round(one.low)) if yuan else points(one.low),
        "high": money(round(one.high)) if yuan else points(one.high),
    }
    return StandingLine(
        metric=word("effect", one.metric), primary=one.metric == PRIMARY, text=text,
        pvalue=f"{one.pvalue if one.adjusted is None else one.adjusted:.2g}", method=one.method,
        move=one.effect if certain else None,
    )  # fmt: skip


def _signed_points(value: float) -> str:
    return ("+" if value > 0 else "") + points(value)
