"""The daily lead watch: the leads of a day by trigger, which are answered, wait or have expired, and what is stuck."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from wealthloop.leads.models import Lead, LeadState
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.life import running

_SOON: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Then:
    """What had been done by the end of a day that is over."""

    occasions: frozenset[str]
    """What made leads for the versions that ran."""
    planned: frozenset[str]
    """Ids of the leads that had been planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadLine:
    """The leads of one trigger."""

    trigger: str
    found: int
    """Found in the span."""
    answered: int
    """Of these planned."""
    waiting: int
    """Open at the span's end, whenever they were found."""
    expired: int
    """Over in the span without an answer."""
    stuck: int
    """Of those that wait: over within two days, or answered by no running strategy."""
    unanswered: bool
    """No running strategy answers the trigger."""


def watch(*, first: date, last: date, then: Then | None = None) -> tuple[LeadLine, ...]:
    """Return the leads of the days ``first`` to ``last`` by trigger, for the daily watch both the same day.

    ``then``: what had been done by the end of the last day; None: what has been done by now.
    """
    answers = occasions_of(one.document for one in running(last)) if then is None else then.occasions
    found: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    waiting: Counter[str] = Counter()
    expired: Counter[str] = Counter()
    stuck: Counter[str] = Counter()
    rows = Lead.objects.filter(found_on__lte=last, expires_on__gte=first)
    columns = ("pk", "trigger", "found_on", "expires_on", "state")
    for pk, trigger, found_on, expires_on, now in rows.values_list(*columns):
        state = now if then is None else LeadState.PLANNED if pk in then.planned else LeadState.OPEN
        found[trigger] += found_on >= first
        answered[trigger] += found_on >= first and state == LeadState.PLANNED
        waits = state == LeadState.OPEN and expires_on >= last
        waiting[trigger] += waits
        expired[trigger] += state != LeadState.PLANNED and expires_on < last
        stuck[trigger] += waits and (expires_on <= last + _SOON or trigger not in answers)
    return tuple(
        LeadLine(
            trigger=trigger,
            found=found[trigger],
            answered=answered[trigger],
            waiting=waiting[trigger],
            expired=expired[trigger],
            stuck=stuck[trigger],
            unanswered=trigger not in answers,
        )
        for trigger in sorted(found)
    )


def occasions_of(documents: Iterable[Strategy]) -> frozenset[str]:
    """Return what makes leads for some strategies."""
    return frozenset(occasion for one in documents for occasion in one.occasions)
