"""Sentences with facts in them, in both languages: money, days and shares as people write them."""

from collections.abc import Mapping
from datetime import date
from string import Formatter
from typing import Final, TypeAlias

from wealthloop.delivery.content import Bilingual
from wealthloop.errors import DocumentError
from wealthloop.kit import compact
from wealthloop.kit.money import Language

Fact: TypeAlias = int | float | str | date | None

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def written_day(day: date, language: Language, *, as_of: date) -> str:
    """Return a day as people write it; the year stands only where it is not that of ``as_of``.

    Example:
        >>> written_day(date(2026, 11, 28), "zh-hans", as_of=date(2026, 11, 20))
        '11 月 28 日'
        >>> written_day(date(2027, 1, 14), "en", as_of=date(2026, 11, 20))
        '14 Jan 2027'
    """
    far = day.year != as_of.year
    if language == "zh-hans":
        return f"{day.year} 年 {day.month} 月 {day.day} 日" if far else f"{day.month} 月 {day.day} 日"
    return f"{day.day} {_MONTHS[day.month - 1]}" + (f" {day.year}" if far else "")


def fill(template: Bilingual, facts: Mapping[str, Fact], *, as_of: date) -> Bilingual:
    """Return a sentence with its facts filled in, in both languages.

    A field is ``{name}``, or ``{name:money}`` (fen, shown in yuan), ``{name:day}`` (a date or ISO text),
    ``{name:share}`` (a fraction, shown in percent).

    Raises:
        DocumentError: a field is not among the facts, is not known, or is not of its kind.
    """
    return Bilingual(
        zh=_Words("zh-hans", as_of).vformat(template.zh, (), facts),
        en=_Words("en", as_of).vformat(template.en, (), facts),
    )


def fields(template: Bilingual) -> frozenset[str]:
    """Return the names of the facts that a sentence needs."""
    parts = [*Formatter().parse(template.zh), *Formatter().parse(template.en)]
    return frozenset(name for _, name, _, _ in parts if name is not None)


class _Words(Formatter):
    """Formats the facts of one language."""

    def __init__(self, language: Language, as_of: date) -> None:
        self._language = language
        self._as_of = as_of

    def get_value(self, key: int | str, args: object, kwargs: Mapping[str, Fact]) -> Fact:  # noqa: ARG002
        fact = kwargs.get(str(key))
        if fact is None:
            raise DocumentError(f"a sentence needs {key}, known are {', '.join(sorted(kwargs))}")
        return fact

    def format_field(self, value: Fact, format_spec: str) -> str:
        try:
            return self._written(value, format_spec)
        except (TypeError, ValueError) as error:
            raise DocumentError(f"a sentence cannot write {value!r} as {format_spec or 'text'}") from error

    def _written(self, value: Fact, kind: str) -> str:
        if kind == "money":
            if not isinstance(value, int):
                raise TypeError
            return compact(value, self._language)
        if kind == "day":
            day = value if isinstance(value, date) else date.fromisoformat(str(value))
            return written_day(day, self._language, as_of=self._as_of)
        if kind == "share":
            gap = " " if self._language == "zh-hans" else ""
            return f"{100 * float(str(value)):.0f}{gap}%"
        if kind:
            raise ValueError
        return str(value)
