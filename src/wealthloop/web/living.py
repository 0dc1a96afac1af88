"""The life of strategy versions in words: signatures, whose turn, what has come to its end, what the reader may do."""

from collections.abc import Mapping
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from wealthloop.evolution.decide import taken_over
from wealthloop.kit import day_of
from wealthloop.strategies.ending import Due
from wealthloop.strategies.models import StrategyState, StrategyVersion, Verdict
from wealthloop.strategies.signing import rules_here, signed
from wealthloop.strategies.turns import STEPS, Turn, steps_of, turn_of
from wealthloop.web.contexts.life import LifeLine, SignatureLine, StepLine
from wealthloop.web.doors import Visitor
from wealthloop.web.words import word

SAYS: Final[Mapping[str, Promise]] = {
    "check": pgettext_lazy("strategy step", "Check"),
    "submit": pgettext_lazy("strategy step", "Hand in for review"),
    "sign": pgettext_lazy("strategy step", "Sign"),
    "reject": pgettext_lazy("strategy step", "Send back"),
    "launch": pgettext_lazy("strategy step", "Launch"),
    "pause": pgettext_lazy("strategy step", "Pause"),
    "resume": pgettext_lazy("strategy step", "Resume"),
    "conclude": pgettext_lazy("strategy step", "Conclude"),
    "retire": pgettext_lazy("strategy step", "Retire"),
}


def life_line(row: StrategyVersion, due: Due | None, visitor: Visitor) -> LifeLine:
    """Return where a version stands for a reader."""
    zone, has, turn = visitor.site.home.zone, signed(row), turn_of(row, is_due=due is not None)
    steps = steps_of(row, by=visitor.person.username, role=visitor.person.role, rules=rules_here())
    return LifeLine(
        signatures=tuple(
            SignatureLine(
                name=word("signature", name),
                person=has[name].person if name in has else "",
                on=day_of(has[name].at, zone) if name in has else None,
            )
            for name in row.needed
        ),
        turn=turn_words(turn),
        due="" if due is None else due_words(due),
        verdict=word("verdict", row.verdict) if row.verdict else "",
        verdict_note=_note(row, zone),
        reason=row.reason,
        steps=tuple(_step(name, turn, row) for name in steps),
    )


def turn_words(turn: Turn) -> str:
    """Say whose turn it is; empty where it is nobody's."""
    if turn.who == "nobody":
        return ""
    if turn.who == "signers":
        return _("signatures missing: %(names)s") % {
            "names": ", ".join(word("signature", name) for name in turn.signatures)
        }
    return f"{turn.name}: {SAYS[turn.step]}"


def due_words(due: Due) -> str:
    """Say why the end of a version has come."""
    said = {
        "max_days": _("its %(limit)s days are over"),
        "max_units": _("its %(limit)s customers are planned"),
        "not_after": _("its last day was %(limit)s"),
    }
    limit = due.limit.isoformat() if isinstance(due.limit, date) else f"{due.limit:,}"
    return said[due.why] % {"limit": limit}


def _note(row: StrategyVersion, zone: ZoneInfo) -> str:
    if row.state not in {StrategyState.CONCLUDED, StrategyState.RETIRED} or row.concluded_at is None:
        return ""
    return f"{row.concluded_by} {day_of(row.concluded_at, zone).isoformat()}"


def _step(name: str, turn: Turn, row: StrategyVersion) -> StepLine:
    verdicts = tuple((value, word("verdict", value)) for value in Verdict.values) if name == "conclude" else ()
    tested = taken_over(row.strategy_id, row.version) if name == "launch" else None
    return StepLine(
        name=name,
        says=str(SAYS[name]),
        needs_reason=STEPS[name].needs_reason,
        may_need_reason=name in {"submit", "launch"},
        is_next=name == turn.step,
        concludes="" if tested is None else tested.about,
        verdicts=verdicts,
    )
