"""Charts and the tables behind them."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line, layer or row of bars of a chart."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A chart and the table behind it; numbers in ``values`` are in the unit that the heading names."""

    name: str
    title: str
    unit: str
    note: str
    label: str
    """The first column's heading."""
    rows: tuple[str, ...]
    series: tuple["Line", ...]
    kind: str
    """``lines`` and ``stack`` over days, ``bars`` and ``curve`` over names."""
    marks: tuple[tuple[str, str], ...] = ()
    """(row, word): moments worth marking."""

    @property
    def element_id(self) -> str:
        """Where on the page the data stand."""
        return f"plot-{self.name}"

    @property
    def data(self) -> dict[str, object]:
        """What the chart draws, as JSON."""
        lines = [{"name": line.name, "values": list(line.values)} for line in self.series]
        return {
            "kind": self.kind,
            "title": self.title,
            "unit": self.unit,
            "rows": list(self.rows),
            "series": lines,
            "marks": [{"row": row, "word": word} for row, word in self.marks],
        }

    @property
    def table(self) -> list[tuple[str, list[float | None]]]:
        """The table behind the chart, newest first."""
        lines = [(row, [line.values[at] for line in self.series]) for at, row in enumerate(self.rows)]
        return lines[::-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestRow:
    """One effect on the forest plot; places are in the plot's own units, 0 to 1000."""

    label: str
    low: float
    point: float
    high: float
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """Effects of one metric under each other, with the zero line."""

    rows: tuple[ForestRow, ...]
    zero: float
    ticks: tuple[tuple[float, str], ...]
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A count that may be shown; ``text`` hides a small one outside the reader's scope."""

    name: str
    text: str
    share: float
