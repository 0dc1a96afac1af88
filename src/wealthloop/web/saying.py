"""The feedback page's parts: codes, groups of notes, suggestions, whose work is picked, whose sales they are."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from django.db.models import Count
from django.utils.translation import gettext as _

from wealthloop.access.scope import Scope
from wealthloop.delivery.codes import CODES
from wealthloop.delivery.content import Bilingual
from wealthloop.delivery.models import CardEvent
from wealthloop.feedback.cluster import LEAST, Cluster, Note
from wealthloop.feedback.picking import Picked, Share
from wealthloop.feedback.suggest import suggestions
from wealthloop.strategies.repository import versions
from wealthloop.web.contexts import ClusterLine, CodeLine, PersonLine, ShareLine, SuggestionLine
from wealthloop.web.counts import SMALL, shown
from wealthloop.web.templatetags.wealthloop import DASH, points
from wealthloop.web.words import word

_HIDDEN: Final = f"<{SMALL}"


def codes(staff_ids: Sequence[str] | None, *, since: datetime, scope: Scope) -> tuple[tuple[CodeLine, ...], str]:
    """Return how often each code was said at some desks (None: at all), and how many do not count."""
    rows = CardEvent.objects.filter(at__gte=since).exclude(code="")
    rows = rows if staff_ids is None else rows.filter(card__staff_id__in=staff_ids)
    many = {row["code"]: row["n"] for row in rows.filter(held="").values("code").annotate(n=Count("pk"))}
    most = max(many.values(), default=0)
    lines = tuple(
        CodeLine(
            words=CODES[code].words, about=word("about", CODES[code].about), said=shown(many[code], scope),
            share=many[code] / most if scope.everything or many[code] >= SMALL else 0.0,
        )
        for code in sorted(CODES.keys() & many.keys(), key=lambda code: (-many[code], code))
    )  # fmt: skip
    return lines, shown(rows.exclude(held="").count(), scope)


def notes(staff_ids: Sequence[str] | None, *, since: datetime, name_of: Callable[[str], str]) -> list[Note]:
    """Return what was written at some desks (None: at all); the customer's name is hidden in it."""
    rows = CardEvent.objects.filter(at__gte=since).exclude(note="").order_by("at", "pk")
    rows = rows if staff_ids is None else rows.filter(card__staff_id__in=staff_ids)
    return [
        Note(text=text, code=code, names=_names(name_of(customer)))
        for text, code, customer in rows.values_list("note", "code", "card__customer_id")
    ]


def _names(name: str) -> tuple[str, ...]:
    """Return a name and, of one of three signs or more, what stands behind the first."""
    return (name, name[1:]) if len(name) > 2 else (name,)


def cluster_lines(found: Iterable[Cluster], scope: Scope) -> tuple[tuple[ClusterLine, ...], int]:
    """Return the groups that a reader may see, and how many are too small for a reader of a part."""
    every = list(found)
    seen = [one for one in every if scope.everything or one.size >= LEAST]
    lines = tuple(
        ClusterLine(
            size=shown(one.size, scope), examples=one.examples,
            codes=tuple(CODES[code].words for code, _n in one.codes if code in CODES)[:3],
        )
        for one in seen
    )  # fmt: skip
    return lines, len(every) - len(seen)


def suggestion_lines(*, before: datetime, category_of: Mapping[str, str]) -> tuple[SuggestionLine, ...]:
    """Return what the codes suggest for the versions that have been launched."""
    return tuple(
        SuggestionLine(
            strategy=f"{row.strategy_id} v{row.version}", words=_about(one.words, one.subject), cards=one.cards,
            codes=tuple(CODES[code].words for code in one.codes), share=one.share, low=one.low, high=one.high,
            can_be_made=bool(one.edits),
        )
        for row in versions()
        if row.launched_on is not None
        for one in suggestions(row.strategy_id, row.version, before=before, category_of=category_of)
    )  # fmt: skip


def _about(words: Bilingual, subject: str) -> Bilingual:
    return words if not subject else Bilingual(zh=f"{subject}：{words.zh}", en=f"{subject}: {words.en}")


def share_line(one: Share, name: str, scope: Scope) -> ShareLine:
    """Return a share as a reader may see it."""
    cards = shown(one.cards, scope)
    return ShareLine(name=name, cards=cards, share=one.share, low=one.low, high=one.high)


def person_line(one: Picked, scope: Scope, credited: Mapping[str, tuple[int, int]]) -> PersonLine:
    """Return one desk's line."""
    purchases, fen = credited.get(one.staff_id, (0, 0))
    return PersonLine(
        staff_id=one.staff_id, cards=shown(one.cards, scope), worked=share_line(one.worked, one.staff_id, scope),
        first=_difference(one.first), richer=_difference(one.richer), purchases=purchases, credited=fen,
    )  # fmt: skip


def _difference(found: tuple[float, float, float] | None) -> str:
    if found is None:
        return DASH
    mean, low, high = found
    told = {"mean": ("+" if mean > 0 else "") + points(mean), "low": points(low), "high": points(high)}
    return _("%(mean)s (%(low)s to %(high)s)") % told


def window(today: date) -> date:
    """Return the first day that the page reads."""
    return date.fromordinal(today.toordinal() - 90)
