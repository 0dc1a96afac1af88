"""The benchmark page's parts: what a result is, the one number, the chart, the tables."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from wealthloop.reports.years import METRICS, Month, Year
from wealthloop.reports.yeartable import (
    DASH,
    Table,
    Tongue,
    interval_text,
    loop_table,
    measured,
    policies_of,
    reason,
    scale_of,
    year_table,
)
from wealthloop.reports.yeartext import command
from wealthloop.web.contexts import Headline, MonthLine, Span, Spans, Titled, YearSection
from wealthloop.web.reporting import round_numbers
from wealthloop.web.templatetags.wealthloop import plain, tongue
from wealthloop.web.words import word

_METRICS: Final = {metric.name: metric for metric in METRICS}
_DRAWN: Final = "incremental_sales"
_MARGIN: Final = 0.04


def year_section(year: Year) -> YearSection:
    """Return one result's part of the page, in the reader's language."""
    own = loop_table(year, _tongue())
    first, second = _headlines(year)
    return YearSection(
        key=year.name,
        world=Path(year.world).stem,
        version=year.world_version,
        facts=_facts(year),
        intervals=_intervals(year),
        headline=first,
        second=second,
        spans=spans(year),
        every=_titled(year_table(year, _tongue())),
        loop=_titled(own) if own else None,
        months=tuple(_month(month) for month in year.months),
        has_oracle="oracle" in year.policies,
        command=command(year),
    )


def spans(year: Year) -> Spans | None:
    """Place the policies' incremental sales on one scale that holds zero; None where no interval is known."""
    found = {name: measured(year, name, _DRAWN) for name in policies_of(year) if name != "none"}
    scale = scale_of(_METRICS[_DRAWN], found.values(), _tongue())
    drawn = [
        (name, one.mean / scale.size, one.interval[0] / scale.size, one.interval[1] / scale.size)
        for name, one in found.items()
        if one.mean is not None and one.interval
    ]
    if not drawn:
        return None
    start, end = _ends([low for _name, _mean, low, _high in drawn], [high for _name, _mean, _low, high in drawn])

    def place(value: float) -> float:
        return round(100 * (value - start) / (end - start), 2)

    rows = tuple(
        Span(
            label=word("policy", name),
            text=scale.write(mean * scale.size, sign=True),
            low=place(low),
            point=place(mean),
            high=place(high),
        )
        for name, mean, low, high in drawn
    )
    marks = tuple((place(value), plain(value)) for value in round_numbers(start, end))
    return Spans(unit=scale.unit, rows=rows, zero=place(0.0), ticks=marks)


def _ends(lows: Sequence[float], highs: Sequence[float]) -> tuple[float, float]:
    """Return the ends of a scale that holds all intervals and zero, with a margin."""
    low, high = min(0.0, *lows), max(0.0, *highs)
    margin = _MARGIN * ((high - low) or 1.0)
    return low - margin, high + margin


def _headlines(year: Year) -> tuple[Headline, Headline]:
    """Return the share of learnable and the multiple of bau of the platform; first the one that is known."""
    share, multiple = (_headline(year, metric) for metric in ("share_of_learnable", "multiple_of_bau"))
    return (multiple, share) if share.why and not multiple.why else (share, multiple)


def _headline(year: Year, name: str) -> Headline:
    metric, figure = _METRICS[name], measured(year, "loop", name)
    incremental = metric.unit == "share"
    title = f"{word('policy', 'loop')} · {tongue(metric)}"
    if figure.mean is None:
        return Headline(title=title, text=DASH, interval="", why=reason(figure.why, _tongue()), incremental=incremental)
    scale = scale_of(metric, [figure], _tongue())
    return Headline(
        title=title,
        text=f"{scale.write(figure.mean)} {scale.unit}".rstrip(),
        interval=interval_text(scale, figure, _tongue()),
        why="",
        incremental=incremental,
    )


def _facts(year: Year) -> tuple[str, ...]:
    seeds = len(year.seeds)
    customers = ngettext("%(n)s customer", "%(n)s customers", year.customers) % {"n": f"{year.customers:,}"}
    days = {"days": f"{year.days:,}", "before": f"{year.burn_in:,}"}
    return (
        customers,
        _("%(days)s days after %(before)s of burn-in") % days,
        ngettext("%(n)s seed", "%(n)s seeds", seeds) % {"n": f"{seeds:,}"},
        _("code %(version)s") % {"version": year.code_version},
    )


def _intervals(year: Year) -> str:
    if year.intervals_over == "seeds":
        return _("Figures are means over the seeds, with 95 % intervals over seeds (Student's t).")
    return _("One seed: 95 % intervals over its customers; they say nothing of other draws of the world.")


def _titled(table: Table) -> Titled:
    return Titled(heads=tuple(word("policy", name) for name in table.policies), table=table)


def _month(month: Month) -> MonthLine:
    share = month.covering / month.reported if month.reported else None
    return MonthLine(
        month=month.month,
        reported=f"{month.reported:,}",
        covering=f"{month.covering:,}",
        coverage=DASH if share is None else f"{share * 100:.1f}",
        place=None if share is None else round(share * 100, 1),
        confirmed=f"{month.confirmed:,}",
    )


def _tongue() -> Tongue:
    return "en" if (get_language() or "").startswith("en") else "zh"
