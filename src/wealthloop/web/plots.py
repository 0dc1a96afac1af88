"""From numbers of the bank to charts and the tables behind them."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from wealthloop.insight import Panorama
from wealthloop.reports import Series
from wealthloop.web.contexts import Line, Plot
from wealthloop.web.templatetags.wealthloop import signed_money, tongue
from wealthloop.web.words import word

_ZH: Final = ((10_000_000_000, "亿元"), (1_000_000, "万元"), (100, "元"))
_EN: Final = ((100_000_000_000, "bn yuan"), (100_000_000, "m yuan"), (100_000, "k yuan"), (100, "yuan"))
_AT_LEAST: Final = 10
"""Units that the largest amount must make, so that two decimals show its movements."""
_LAYERS: Final = 7
"""Layers of a stacked chart; smaller categories are summed into one more."""
_MARKS: Final = 2


def money_unit(largest: int) -> tuple[int, str]:
    """Return how many fen make the unit that suits amounts up to ``largest``, and its name."""
    steps = _EN if (get_language() or "").startswith("en") else _ZH
    return next((step for step in steps if abs(largest) >= _AT_LEAST * step[0]), steps[-1])


def aum_plot(seen: Panorama) -> Plot | None:
    """Return a customer's AUM by category over time; None where no day of holdings is at hand."""
    if not seen.days or not seen.aum:
        return None
    totals = [sum(day) for day in zip(*(series.balances for series in seen.aum), strict=True)]
    size, unit = money_unit(max(totals))
    layers = [(word("category", series.category), series.balances) for series in seen.aum[:_LAYERS]]
    rest = seen.aum[_LAYERS:]
    if rest:
        summed = tuple(sum(day) for day in zip(*(series.balances for series in rest), strict=True))
        layers.append((word("category", "other"), summed))
    return Plot(
        name="aum",
        title=_("AUM by category"),
        unit=unit,
        note=_("Balances at the end of each day, as the bank's holdings tell them."),
        label=_("Day"),
        rows=tuple(day.isoformat() for day in seen.days),
        series=tuple(Line(name=name, values=_in_unit(balances, size)) for name, balances in layers),
        kind="stack",
        marks=_marks(seen),
    )


def series_plot(name: str, title: str, series: Sequence[Series], *, kind: str = "lines") -> Plot | None:
    """Return series of the bank of one unit, day by day, as a chart; None where nothing can be computed."""
    values = [value for one in series for value in one.values if value is not None]
    if not values:
        return None
    size, unit = money_unit(max(values, key=abs)) if series[0].unit == "fen" else (1, _units()[series[0].unit])
    return Plot(
        name=name,
        title=title,
        unit=unit,
        note=tongue(series[0].how),
        label=_("Day"),
        rows=tuple(day.isoformat() for day in _days(series)),
        series=tuple(Line(name=tongue(one.title), values=_in_unit(one.values, size)) for one in series),
        kind=kind,
    )


def _marks(seen: Panorama) -> tuple[tuple[str, str], ...]:
    """Return the largest movements of the days shown, by day, to be marked."""
    moves = [one for one in seen.happenings if one.source == "transaction" and one.amount and one.day in seen.days]
    largest = sorted(moves, key=lambda one: (-abs(one.amount or 0), one.day))[:_MARKS]
    return tuple(
        (one.day.isoformat(), f"{word('transaction', one.kind)} {signed_money(one.amount)}") for one in largest
    )


def _in_unit(values: Sequence[int | None], size: int) -> tuple[float | None, ...]:
    return tuple(None if value is None else round(value / size, 2) if size > 1 else value for value in values)


def _days(series: Sequence[Series]) -> tuple[date, ...]:
    return series[0].days


def _units() -> dict[str, str]:
    return {"customers": _("customers"), "moves": _("customers")}
