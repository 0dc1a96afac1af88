"""The windowed features as data: groups of rows x measures x windows, and the days since the last row of a group."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from wealthloop.features.groups import BY_NAME, VALUE_UNITS, Group, Value
from wealthloop.features.types import Feature, Unit

WINDOWS: Final = (7, 30, 90, 180, 365)
"""Days; a window of w days holds ``as_of`` and the w - 1 days before it."""


class Measure(IntEnum):
    """What is measured over the values of a group's rows; the kernel knows them by number."""

    COUNT = 0
    SUM = 1
    MAX = 2
    """The largest value; 0 without rows."""
    DAYS = 3
    """Distinct days with a row."""
    MEAN = 4
    """NaN without rows."""
    STD = 5
    """Sample standard deviation; NaN with fewer than two rows."""
    SLOPE = 6
    """Least squares slope of the value over the day of its row, a day; NaN where all rows lie on one day."""
    RECENCY = 7
    """Days from the last row to ``as_of``, over all time; NaN without rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Windowed:
    """One measure of one group over one window; ``window`` is None for the days since the last row."""

    group: Group
    measure: Measure
    window: int | None

    @property
    def feature(self) -> Feature:
        """The entry of the catalogue."""
        return Feature(name=self._name, unit=self._unit, zh=self._zh, en=self._en, lineage=self._lineage)

    @property
    def _name(self) -> str:
        if self.window is None:
            return f"days_since_{self.group.name}"
        return f"{self.group.name}_{self.measure.name.lower()}_{self.window}d"

    @property
    def _unit(self) -> Unit:
        if self.measure in (Measure.DAYS, Measure.RECENCY):
            return Unit.DAYS
        if self.measure is Measure.COUNT:
            return Unit.COUNT
        if self.measure is Measure.SLOPE:
            return Unit.PER_DAY
        return Unit.DAYS if self._is_spread_of_days else VALUE_UNITS[self.group.value]

    @property
    def _is_spread_of_days(self) -> bool:
        return self.measure is Measure.STD and self.group.value is Value.DAY_OF_MONTH

    @property
    def _zh(self) -> str:
        if self.window is None:
            return f"距最近一次{self.group.zh}的天数"
        return f"近 {self.window} 天{self.group.zh}{self._words[0]}"

    @property
    def _en(self) -> str:
        if self.window is None:
            return f"days since the last of {self.group.en}"
        return f"{self.group.en}, {self._words[1]}, last {self.window} days"

    @property
    def _words(self) -> tuple[str, str]:
        return (_WORDS if self.group.value is Value.AMOUNT else _CLOCK_WORDS)[self.measure]

    @property
    def _lineage(self) -> tuple[str, ...]:
        valued = self.measure in (Measure.SUM, Measure.MAX, Measure.MEAN, Measure.STD, Measure.SLOPE)
        amount = f"{self.group.table}.amount"
        with_amount = valued and self.group.value is Value.AMOUNT and amount not in self.group.lineage
        return (*self.group.lineage, *((amount,) if with_amount else ()))


_WORDS: Final = {
    Measure.COUNT: ("次数", "number"),
    Measure.SUM: ("金额", "amount"),
    Measure.MAX: ("最大一笔", "largest"),
    Measure.DAYS: ("天数", "days"),
    Measure.MEAN: ("笔均金额", "average amount"),
    Measure.STD: ("金额波动（标准差）", "spread of the amount (standard deviation)"),
    Measure.SLOPE: ("金额趋势（每天）", "trend of the amount, a day"),
}
_CLOCK_WORDS: Final = {
    Measure.MEAN: ("均值", "mean"),
    Measure.STD: ("离散度", "spread"),
}

_SHORT: Final = (30, 90)
_LONG: Final = (30, 90, 365)
_AMOUNTS: Final = (Measure.COUNT, Measure.SUM)

_MEASURED: Final[tuple[tuple[tuple[str, ...], tuple[Measure, ...], tuple[int | None, ...]], ...]] = (
    (("transaction", "own_transaction"), (Measure.COUNT,), WINDOWS),
    (("transaction", "spend"), (Measure.DAYS,), _LONG),
    (("inflow", "outflow"), (*_AMOUNTS, Measure.MAX), WINDOWS),
    (("salary", "buy", "redeem", "spend"), _AMOUNTS, WINDOWS),
    (("salary",), (Measure.MEAN, Measure.STD), (180, 365)),
    (("salary",), (Measure.SLOPE,), (365,)),
    (("inflow", "outflow", "spend"), (Measure.MEAN, Measure.STD), (90, 365)),
    (("inflow", "outflow", "spend", "buy"), (Measure.SLOPE,), (180,)),
    (("buy", "redeem"), (Measure.MAX,), (365,)),
    (("cash_out", "maturity", "dividend", "interest", "fee", "loan_paid"), (Measure.SUM,), _LONG),
    (("to_broker", "from_broker", "to_own_other_bank", "from_own_other_bank"), _AMOUNTS, _LONG),
    (("to_payment_platform", "from_payment_platform", "to_person", "from_person"), (Measure.SUM,), _LONG),
    (("buy_deposit", "buy_cash", "buy_wealth", "buy_fund", "buy_insurance"), _AMOUNTS, _LONG),
    (("redeem_cash", "redeem_wealth", "redeem_fund"), (Measure.SUM,), _LONG),
    (("salary_day",), (Measure.MEAN, Measure.STD), (180, 365)),
    (("own_hour",), (Measure.MEAN, Measure.STD), (365,)),
    (("login",), (Measure.COUNT, Measure.DAYS), WINDOWS),
    (("view",), (Measure.COUNT,), WINDOWS),
    (("view_deposit", "view_cash", "view_wealth", "view_fund", "view_insurance"), (Measure.COUNT,), (7, 30, 90)),
    (("push_open",), (Measure.COUNT,), _LONG),
    (("login_hour",), (Measure.MEAN, Measure.STD), (90,)),
    (("contact",), (Measure.COUNT,), WINDOWS),
    (("contact_by_person", "contact_by_machine"), (Measure.COUNT,), _LONG),
    (("complaint",), (Measure.COUNT,), (90, 365)),
    (
        (
            "transaction", "own_transaction", "inflow", "outflow", "salary", "buy", "redeem", "spend", "to_broker",
            "buy_fund", "buy_wealth", "app_use", "login", "view_fund", "view_wealth", "contact",
            "contact_by_person", "complaint",
        ),
        (Measure.RECENCY,),
        (None,),
    ),
)  # fmt: skip
"""Groups, what is measured of each of them, over which windows."""


def _windowed() -> Iterator[Windowed]:
    for groups, measures, windows in _MEASURED:
        for group in groups:
            for measure in measures:
                for window in windows:
                    yield Windowed(group=BY_NAME[group], measure=measure, window=window)


WINDOWED: Final = tuple(_windowed())
