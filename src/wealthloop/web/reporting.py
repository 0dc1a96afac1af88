"""The report page's parts: arms, effects, the forest, the funnel."""

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import Final

from django.utils.translation import gettext as _

from wealthloop.access.scope import Scope
from wealthloop.reports import ArmEffect, ArmReport, PendingEffect, StrategyReport
from wealthloop.reports.types import STATES, GuardrailReport
from wealthloop.web.contexts import (
    ArmLine,
    CheckLine,
    Count,
    EffectLine,
    Forest,
    ForestRow,
    GuardrailLine,
    StrategySection,
)
from wealthloop.web.counts import SMALL, shown
from wealthloop.web.templatetags.wealthloop import DASH, money, points, signed_money, tongue
from wealthloop.web.words import word

_WIDTH: Final = 480
_MARGIN: Final = 0.08
_ROW: Final = 36


def section(report: StrategyReport, scope: Scope, own_funnel: Sequence[tuple[str, int]] | None) -> StrategySection:
    """Return one strategy version's part; ``own_funnel`` counts the reader's own cards instead of the bank's."""
    effects = {effect.arm: effect for effect in report.effects}
    waiting = {pending.arm: pending for pending in report.pending}
    clear = scope.everything or min(min(arm.n_units, arm.n_matured) for arm in report.arms) >= SMALL
    return StrategySection(
        report=report,
        metric=word("effect", report.metric),
        arms=tuple(_arm_line(arm, scope) for arm in report.arms),
        effects=tuple(
            _effect_line(effects.get(arm.arm), waiting.get(arm.arm), arm, scope=scope, clear=clear)
            for arm in report.arms
            if not arm.control
        ),
        checks=tuple(
            CheckLine(name=word("check", check.name), ok=check.ok, found=tongue(check.found) if clear else "")
            for check in report.checks
        ),
        forest=forest(report.effects),
        funnel=_funnel(report.funnel if own_funnel is None else own_funnel, scope, own=own_funnel is not None),
        own=own_funnel is not None,
        guardrails=tuple(_guardrail_line(one, clear=clear) for one in report.guardrails),
    )


def _guardrail_line(one: GuardrailReport, *, clear: bool) -> GuardrailLine:
    known = clear and one.effect is not None and one.low is not None and one.high is not None
    text, why = DASH, tongue(one.why) if clear else _("too few customers yet, or a check fails")
    if known and one.effect is not None and one.low is not None and one.high is not None:
        why = _("allowed %(most)s within %(days)s days") % {"most": points(one.at_most), "days": one.window_days}
        text = _("%(mean)s (%(low)s to %(high)s)") % {
            "mean": ("+" if one.effect > 0 else "") + points(one.effect),
            "low": points(one.low),
            "high": points(one.high),
        }
    standing = one.standing if known else "waiting"
    return GuardrailLine(
        name=word("guardrail", one.metric), standing=standing, word=word("standing", standing), text=text, why=why
    )


def forest(effects: Sequence[ArmEffect]) -> Forest | None:
    """Place effects of one metric under each other on one scale that holds zero; None without an effect."""
    if not effects:
        return None
    low, high = min(0.0, *(e.low for e in effects)), max(0.0, *(e.high for e in effects))
    span = (high - low) or 1.0
    low, high = low - _MARGIN * span, high + _MARGIN * span

    def place(value: float) -> float:
        return round((value - low) / (high - low) * _WIDTH, 1)

    rows = tuple(
        ForestRow(
            label=word("arm", e.arm),
            low=place(e.low),
            point=place(e.effect),
            high=place(e.high),
            y=_ROW * at + _ROW // 2,
        )
        for at, e in enumerate(effects)
    )
    ticks = tuple(
        (place(value), _value(value, effects[0].metric, signed=True) if value else "0")
        for value in round_numbers(low, high)
    )
    return Forest(rows=rows, zero=place(0.0), ticks=ticks, height=_ROW * len(rows))


def round_numbers(low: float, high: float) -> list[float]:
    """Return round numbers between two numbers, zero among them, at most about six."""
    rough = (high - low) / 4
    power = 10.0 ** floor(log10(rough))
    step = next(power * size for size in (1, 2, 5, 10) if power * size >= rough)
    return [at * step for at in range(ceil(low / step), floor(high / step) + 1)]  # 0 * step is exactly zero


def interval(effect: ArmEffect) -> str:
    """Write an effect with its interval, in the unit of its heading: +1.20 (0.30 to 2.10)."""
    return _("%(mean)s (%(low)s to %(high)s)") % {
        "mean": _value(effect.effect, effect.metric, signed=True),
        "low": _value(effect.low, effect.metric),
        "high": _value(effect.high, effect.metric),
    }


def _value(value: float, metric: str, *, signed: bool = False) -> str:
    if metric == "amount":
        return signed_money(round(value)) if signed else money(round(value))
    return ("+" if signed and value > 0 else "") + points(value)


def _effect_line(
    effect: ArmEffect | None, pending: PendingEffect | None, arm: ArmReport, *, scope: Scope, clear: bool
) -> EffectLine:
    if effect is None:
        known = tongue(pending.why) if pending and clear else _("too few customers yet, or a check fails")
        return EffectLine(arm=word("arm", arm.arm), text=DASH, why=known, counts="", method="", move=None)
    certain = effect.low > 0 or effect.high < 0
    counts = {"treated": shown(effect.n_treated, scope), "control": shown(effect.n_control, scope)}
    return EffectLine(
        arm=word("arm", effect.arm),
        text=interval(effect),
        why="",
        counts=_("%(treated)s against %(control)s") % counts,
        method=f"{effect.method} · {effect.estimand}",
        move=effect.effect if certain else None,
    )


def _arm_line(arm: ArmReport, scope: Scope) -> ArmLine:
    counts = dict(arm.states)
    return ArmLine(
        arm=word("arm", arm.arm),
        marked=arm.control and arm.arm != "control",
        share=arm.share,
        planned=shown(arm.planned, scope),
        states=tuple(shown(counts.get(state, 0), scope) for state in STATES),
        units=shown(arm.n_units, scope),
        matured=shown(arm.n_matured, scope),
    )


def _funnel(steps: Sequence[tuple[str, int]], scope: Scope, *, own: bool) -> tuple[Count, ...]:
    whole = max((count for _name, count in steps), default=0)
    if not whole:
        return ()
    return tuple(
        Count(
            name=word("outcome", name),
            text=f"{count:,}" if own else shown(count, scope),
            share=count / whole if (own or scope.everything or count == 0 or count >= SMALL) else 0.0,
        )
        for name, count in steps
    )
