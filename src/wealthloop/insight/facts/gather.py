"""Making the facts that definitions name, each maker asked once."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from wealthloop.errors import DocumentError, NotFound
from wealthloop.features import describe
from wealthloop.insight.columns import Floats, floats
from wealthloop.insight.facts.answers import answers, visits
from wealthloop.insight.facts.appetite import appetite
from wealthloop.insight.facts.asked import Asked
from wealthloop.insight.facts.hours import hours
from wealthloop.insight.facts.made import MADE
from wealthloop.insight.facts.money import completed_averages, money, month_averages
from wealthloop.insight.facts.person import assessment, person, wecom
from wealthloop.insight.machines import Definition, Fact

_MONTHLY: Final[dict[str, Callable[[Asked], list[Floats | None]]]] = {
    "completed_average": completed_averages,
    "month_average": month_averages,
}
_DAILY: Final[tuple[tuple[Callable[[Asked], Mapping[str, Fact]], frozenset[str]], ...]] = (
    (money, frozenset({"told_aum", "aum_trend", "quiet_days"})),
    (person, frozenset({"marital_status", "occupation"})),
    (assessment, frozenset({"assessment_valid"})),
    (appetite, frozenset({"rated_share", "share_above_level", "share_near_level"})),
    (answers, frozenset({"answers", "answers_person", "answers_wecom", "answers_app", "answers_sms"})),
    (visits, frozenset({"branch_visits"})),
    (wecom, frozenset({"on_wecom"})),
    (hours, frozenset({"best_hour", "hour_events"})),
)
"""Makers, and the facts that each makes."""


def check_facts(definition: Definition, *, name: str) -> None:
    """Refuse a definition that names a feature or a fact that there is not; ``name`` is what the error calls it.

    Raises:
        DocumentError: it does.
    """
    for fact, source in definition.facts.items():
        try:
            if source.feature is not None:
                describe(source.feature)
        except NotFound as error:
            raise DocumentError(f"{name}: facts.{fact}: {error}") from error
        if source.made is not None and source.made not in MADE:
            raise DocumentError(f"{name}: facts.{fact}: made == {source.made}, must be one of {', '.join(MADE)}")


def day_facts(asked: Asked, definitions: Iterable[Definition]) -> dict[str, dict[str, Fact]]:
    """Return by tag the facts that a definition names as they are on the day; those of months are left out."""
    wanted = tuple(definitions)
    named = {source.made for one in wanted for source in one.facts.values() if source.made}
    made: dict[str, Fact] = {}
    for maker, makes in _DAILY:
        if makes & named:
            made |= maker(asked)
    return {one.tag: _of(one, asked, made) for one in wanted}


def month_facts(asked: Asked, definition: Definition) -> list[dict[str, Fact]]:
    """Return the facts of months that a definition names, a month each, oldest first; empty where it names none."""
    series = {
        name: _MONTHLY[source.made](asked) for name, source in definition.facts.items() if source.made in _MONTHLY
    }
    many = max((len(values) for values in series.values()), default=0)
    return [
        {name: value for name, values in series.items() if (value := values[place]) is not None}
        for place in range(many)
    ]


def _of(definition: Definition, asked: Asked, made: Mapping[str, Fact]) -> dict[str, Fact]:
    found: dict[str, Fact] = {}
    for name, source in definition.facts.items():
        if source.feature is not None:
            found[name] = floats(asked.features, source.feature)
        elif source.made is not None and source.made in made:
            found[name] = made[source.made]
    return found
