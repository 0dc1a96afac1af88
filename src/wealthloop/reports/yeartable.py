"""A simulated year as tables: figures of a row in one unit, intervals under them, reasons of dashes below.

The pages and the written benchmark show the same tables in the reader's language.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Final, Literal

from wealthloop.reports.years import METRICS, POLICIES, REASONS, Measured, Metric, Year

Tongue = Literal["zh", "en"]
DASH: Final = "–"
_MINUS: Final = "−"
_STEPS: Final[dict[Tongue, tuple[tuple[int, str], ...]]] = {
    "zh": ((100_000_000, "亿元"), (10_000, "万元"), (1, "元")),
    "en": ((1_000_000_000, "bn yuan"), (1_000_000, "m yuan"), (1_000, "k yuan"), (1, "yuan")),
}
_AT_LEAST: Final = 10
"""Money units that the largest figure of a row must make, so that the small ones keep their digits."""
_SMALL_SHARE: Final = 0.01
"""A row of shares below it, such as the gap of allocations, has more digits."""
_UNITS: Final[dict[Tongue, dict[str, str]]] = {
    "zh": {"share": "%", "customers": "户"},
    "en": {"share": "%", "customers": "customers"},
}
_RANGE: Final[dict[Tongue, str]] = {"zh": "{} 至 {}", "en": "{} to {}"}
_NOT_MEASURED: Final = Measured(mean=None, interval=None, why="not_measured")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How the figures of a row are written."""

    size: float
    """What one of the unit is in the metric's own unit: 1,000,000 for figures in m yuan, 0.01 for %."""
    unit: str
    decimals: int
    signed: bool

    def write(self, value: float, *, sign: bool = False) -> str:
        """Write a value in the unit; ``sign`` puts a plus before a gain where the metric is a difference."""
        if value == 0:
            return "0"
        text = f"{value / self.size:,.{self.decimals}f}"
        if not text.strip("-0.,"):
            return text.lstrip("-")
        return ("+" if sign and self.signed and value > 0 else "") + text.replace("-", _MINUS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A policy's figure; a dash has the letter of its reason."""

    text: str
    interval: str
    """``1.2 to 3.4``; empty where there is none."""
    note: str = ""
    """The letter of the reason below the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One metric of every policy, in the order of the table's policies."""

    metric: Metric
    unit: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Metrics by policy."""

    policies: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[tuple[str, str], ...]
    """(letter, reason) of every dash."""


def policies_of(year: Year) -> tuple[str, ...]:
    """Return a result's policies in the order of every table; one that this version does not know comes last."""
    known = tuple(policy.name for policy in POLICIES)
    return tuple(name for name in known if name in year.policies) + tuple(sorted(set(year.policies) - set(known)))


def measured(year: Year, policy: str, metric: str) -> Measured:
    """Return a figure of a policy; one that was not measured says so."""
    return year.policies.get(policy, {}).get(metric, _NOT_MEASURED)


def year_table(year: Year, tongue: Tongue) -> Table:
    """Return the figures that every policy has, policies side by side."""
    return _table(year, policies_of(year), [metric for metric in METRICS if not metric.loop_only], tongue)


def loop_table(year: Year, tongue: Tongue) -> Table | None:
    """Return the figures that only the platform's own nights have; None where they were not run."""
    metrics = [metric for metric in METRICS if metric.loop_only]
    return _table(year, ("loop",), metrics, tongue) if "loop" in year.policies else None


def scale_of(metric: Metric, figures: Iterable[Measured], tongue: Tongue) -> Scale:
    """Return the scale in which all figures of a metric read well beside each other."""
    means = [abs(figure.mean) for figure in figures if figure.mean is not None]
    largest = max(means, default=0.0)
    signed = metric.name == "upgrades" or (metric.unit == "yuan" and metric.name.startswith("incremental_"))
    if metric.unit == "yuan":
        steps = _STEPS[tongue]
        size, unit = next((step for step in steps if largest >= _AT_LEAST * step[0]), steps[-1])
        decimals = 0 if size == 1 else _decimals(largest / size)
        return Scale(size=size, unit=unit if means else "", decimals=decimals, signed=signed)
    whole = largest >= 100 or all(mean == round(mean) for mean in means)
    share = 1 if largest >= _SMALL_SHARE else 3
    decimals = {"share": share, "times": 2}.get(metric.unit, 0 if whole else 1)
    return Scale(
        size=0.01 if metric.unit == "share" else 1,
        unit=_UNITS[tongue].get(metric.unit, ""),
        decimals=decimals,
        signed=signed,
    )


def interval_text(scale: Scale, figure: Measured, tongue: Tongue) -> str:
    """Write an interval in a scale; empty where there is none, or where the figure is known exactly."""
    if figure.interval is None or figure.interval == (figure.mean, figure.mean):
        return ""
    return _RANGE[tongue].format(*(scale.write(end) for end in figure.interval))


def reason(code: str, tongue: Tongue) -> str:
    """Say why a figure cannot be said; a text that is no code of ours stands for itself."""
    known = {found.name: found.zh if tongue == "zh" else found.en for found in REASONS}
    return known.get(code or "not_measured", code)


def _table(year: Year, policies: Sequence[str], metrics: Sequence[Metric], tongue: Tongue) -> Table:
    letters: dict[str, str] = {}

    def letter(why: str) -> str:
        return letters.setdefault(reason(why, tongue), _nth(len(letters)))

    rows = tuple(_row(year, policies, metric, tongue, letter) for metric in metrics)
    notes = tuple((name, why) for why, name in letters.items())
    return Table(policies=tuple(policies), rows=rows, notes=notes)


def _row(year: Year, policies: Sequence[str], metric: Metric, tongue: Tongue, letter: Callable[[str], str]) -> Row:
    figures = [measured(year, policy, metric.name) for policy in policies]
    scale = scale_of(metric, figures, tongue)
    cells = tuple(_cell(figure, scale, tongue, letter) for figure in figures)
    return Row(metric=metric, unit=scale.unit, cells=cells)


def _cell(figure: Measured, scale: Scale, tongue: Tongue, letter: Callable[[str], str]) -> Cell:
    if figure.mean is None:
        return Cell(text=DASH, interval="", note=letter(figure.why))
    note = letter(figure.why) if figure.interval is None and figure.why else ""
    return Cell(text=scale.write(figure.mean, sign=True), interval=interval_text(scale, figure, tongue), note=note)


def _decimals(largest: float) -> int:
    """Return as many decimals as leave the largest figure four digits."""
    return 2 if largest < 100 else 1 if largest < 1000 else 0


def _nth(at: int) -> str:
    return ascii_lowercase[at] if at < len(ascii_lowercase) else f"{at + 1}"
