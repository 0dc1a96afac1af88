"""The windowed features as data: groups of rows x measures x windows, and the days since the last row of a group."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from wealthloop.features.types import Feature, Unit

WINDOWS: Final = (7, 30, 90)
"""Days; a window of w days holds ``as_of`` and the w - 1 days before it."""


class Measure(IntEnum):
    """What is measured over the rows of a group; the kernel knows them by number."""

    COUNT = 0
    SUM = 1
    """Of absolute amounts, fen."""
    MAX = 2
    """The largest absolute amount, fen; 0 without rows."""
    DAYS = 3
    """Distinct days with a row."""
    RECENCY = 4
    """Days from the last row to ``as_of``, over all time; NaN without rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A kind of row that is counted together: a table's rows of some kinds, and of one sign where it is given."""

    name: str
    table: str
    zh: str
    en: str
    kinds: tuple[str, ...] = ()
    """Values of the table's ``kind``; empty: every row."""
    sign: int = 0
    """1: amounts above zero only, -1: below zero only, 0: any."""


GROUPS: Final = (
    Group(name="transaction", table="transactions", zh="交易", en="transactions"),
    Group(
        name="own_transaction", table="transactions", zh="客户主动交易", en="transactions of the customer's own doing",
        kinds=("transfer_in", "transfer_out", "buy", "redeem", "card", "cash"),
    ),
    Group(
        name="inflow", table="transactions", zh="行外流入", en="inflow from outside",
        kinds=("salary", "transfer_in", "cash"), sign=1,
    ),
    Group(
        name="outflow", table="transactions", zh="流出行外", en="outflow to outside",
        kinds=("transfer_out", "cash"), sign=-1,
    ),
    Group(name="salary", table="transactions", zh="代发工资", en="salary", kinds=("salary",), sign=1),
    Group(name="buy", table="transactions", zh="购买", en="purchases", kinds=("buy",)),
    Group(name="redeem", table="transactions", zh="赎回", en="redemptions", kinds=("redeem",)),
    Group(name="spend", table="transactions", zh="刷卡消费", en="card spending", kinds=("card",), sign=-1),
    Group(
        name="app_use", table="app_events", zh="使用手机银行", en="uses of the app",
        kinds=("login", "view", "search", "click"),
    ),
    Group(name="login", table="app_events", zh="登录手机银行", en="app logins", kinds=("login",)),
    Group(
        name="view", table="app_events", zh="浏览、搜索、点击", en="app views, searches and clicks",
        kinds=("view", "search", "click"),
    ),
    Group(name="contact", table="contacts", zh="银行触达", en="contacts by the bank"),
    Group(name="complaint", table="complaints", zh="投诉", en="complaints"),
)  # fmt: skip
"""A row belongs to every group whose condition it meets; a group's number is its place here."""


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
        if self.measure in (Measure.SUM, Measure.MAX):
            return Unit.FEN
        return Unit.COUNT if self.measure is Measure.COUNT else Unit.DAYS

    @property
    def _zh(self) -> str:
        if self.window is None:
            return f"距最近一次{self.group.zh}的天数"
        return f"近 {self.window} 天{self.group.zh}{_WORDS[self.measure][0]}"

    @property
    def _en(self) -> str:
        if self.window is None:
            return f"days since the last of {self.group.en}"
        return f"{self.group.en}, {_WORDS[self.measure][1]}, last {self.window} days"

    @property
    def _lineage(self) -> tuple[str, ...]:
        columns = ["at"]
        if self.group.kinds:
            columns.append("kind")
        if self.group.sign or self.measure in (Measure.SUM, Measure.MAX):
            columns.append("amount")
        return tuple(f"{self.group.table}.{column}" for column in columns)


_WORDS: Final = {
    Measure.COUNT: ("次数", "number"),
    Measure.SUM: ("金额", "amount"),
    Measure.MAX: ("最大一笔", "largest"),
    Measure.DAYS: ("天数", "days"),
}

_MEASURED: Final[tuple[tuple[str, Measure, tuple[int | None, ...]], ...]] = (
    ("transaction", Measure.COUNT, WINDOWS),
    ("inflow", Measure.SUM, WINDOWS),
    ("inflow", Measure.MAX, WINDOWS),
    ("outflow", Measure.SUM, WINDOWS),
    ("salary", Measure.SUM, WINDOWS),
    ("buy", Measure.COUNT, WINDOWS),
    ("buy", Measure.SUM, WINDOWS),
    ("redeem", Measure.SUM, WINDOWS),
    ("spend", Measure.SUM, WINDOWS),
    ("login", Measure.COUNT, WINDOWS),
    ("login", Measure.DAYS, WINDOWS),
    ("view", Measure.COUNT, WINDOWS),
    ("contact", Measure.COUNT, (30, 90)),
    ("complaint", Measure.COUNT, (90,)),
    ("transaction", Measure.RECENCY, (None,)),
    ("own_transaction", Measure.RECENCY, (None,)),
    ("app_use", Measure.RECENCY, (None,)),
    ("login", Measure.RECENCY, (None,)),
    ("buy", Measure.RECENCY, (None,)),
    ("contact", Measure.RECENCY, (None,)),
)

_BY_NAME: Final = {group.name: group for group in GROUPS}

WINDOWED: Final = tuple(
    Windowed(group=_BY_NAME[group], measure=measure, window=window)
    for group, measure, windows in _MEASURED
    for window in windows
)
