"""How values are written on a page; None is a dash, never a zero."""

from datetime import date, datetime
from typing import Literal, Protocol

from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from wealthloop.kit import compact
from wealthloop.web.words import word as word_of

register = template.Library()

DASH = "–"
_MINUS = "−"
_IN_FULL = 1_000_000
"""Estimates below this many fen are written to the yuan."""


class _Interval(Protocol):
    @property
    def mean(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


class _Both(Protocol):
    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...


@register.filter
def money(minor: int | None) -> str:
    """Write fen as people write yuan: 12.3 万, 123 k."""
    return DASH if minor is None else compact(minor, _tongue()).replace("-", _MINUS)


@register.filter
def signed_money(minor: int | None) -> str:
    """Write fen with its sign: +1,240, −3.1 万."""
    return DASH if minor is None else _plus(minor) + money(minor)


@register.filter
def estimate(value: _Interval | None) -> str:
    """Write an estimated amount in fen with its interval: +1,240 (310 to 2,180)."""
    if value is None:
        return DASH
    mean, low, high = (int(part) for part in (value.mean, value.low, value.high))
    write = money if max(abs(mean), abs(low), abs(high)) >= _IN_FULL else _yuan
    return _("%(mean)s (%(low)s to %(high)s)") % {
        "mean": _plus(mean) + write(mean),
        "low": write(low),
        "high": write(high),
    }


def points(fraction: float) -> str:
    """Write a difference of shares in percentage points: 1.20."""
    return f"{fraction * 100:.2f}".replace("-", _MINUS)


@register.filter
def percent(fraction: float | None, decimals: int = 0) -> str:
    """Write a fraction as a percentage: 18 %."""
    return DASH if fraction is None else f"{fraction * 100:.{decimals}f} %".replace("-", _MINUS)


@register.filter
def hundredths(fraction: float) -> str:
    """Write a fraction as a length out of 100."""
    return f"{fraction * 100:.1f}"


@register.filter
def number(value: float | None, decimals: int = 0) -> str:
    """Write a number with thousands separated."""
    return DASH if value is None else f"{value:,.{decimals}f}".replace("-", _MINUS)


@register.filter
def plain(value: float | None) -> str:
    """Write a number of a table behind a chart: as many decimals as it has, at most two."""
    return DASH if value is None else f"{value:,.2f}".rstrip("0").rstrip(".").replace("-", _MINUS)


@register.filter
def day(value: date | datetime | None) -> str:
    """Write a day as 2026-11-28."""
    return DASH if value is None else f"{value:%Y-%m-%d}"


@register.filter
def moment(value: datetime | None) -> str:
    """Write an instant that is already in the bank's zone, to the minute."""
    return DASH if value is None else f"{value:%Y-%m-%d %H:%M}"


@register.filter
def tongue(text: _Both | None) -> str:
    """Choose the reader's language."""
    if text is None:
        return ""
    return text.en if _tongue() == "en" else text.zh


@register.filter
def word(code: str | None, kind: str) -> str:
    """Name a code of a kind (see words.py)."""
    return DASH if not code else word_of(kind, code)


@register.filter
def move(value: float | None) -> str:
    """Name the class of a gain, a loss or neither; the arrow beside it says the same without colour."""
    if value is None or value == 0:
        return "flat"
    return "gain" if value > 0 else "loss"


@register.filter
def arrow(value: float | None) -> str:
    """Return the arrow of a gain or a loss."""
    if value is None or value == 0:
        return ""
    return "▲" if value > 0 else "▼"


def _yuan(minor: int) -> str:
    return number(minor / 100)


def _plus(value: float) -> str:
    return "+" if value > 0 else ""


def _tongue() -> Literal["en", "zh-hans"]:
    return "en" if (get_language() or "").startswith("en") else "zh-hans"
