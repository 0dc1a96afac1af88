"""Groups of rows as data: which rows of a table are counted together, and what of a row is measured."""

from dataclasses import dataclass
from enum import IntEnum
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wealthloop.bank import CATEGORIES, CHANNELS, COUNTERPARTIES, TABLES
from wealthloop.features.types import Unit

BALANCE_GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "demand": ("demand",),
    "deposit": ("time_deposit", "large_cd", "savings_bond", "structured_deposit"),
    "cash": ("cash_management", "money_fund"),
    "wealth": ("fixed_income_wm", "fixed_income_plus_wm", "mixed_wm"),
    "fund": ("bond_fund", "mixed_fund", "equity_fund", "qdii_fund"),
    "insurance": ("insurance_single", "insurance_regular", "personal_pension"),
    "other": ("trust", "gold"),
}
"""Product categories that are counted together."""

GROUP_OF: Final = {category: name for name, categories in BALANCE_GROUPS.items() for category in categories}
assert GROUP_OF.keys() == set(CATEGORIES), "every category of the contract stands in one group"


class Value(IntEnum):
    """What is measured of a row."""

    AMOUNT = 0
    """The absolute amount, fen; 0 in a table without amounts."""
    DAY_OF_MONTH = 1
    HOUR = 2
    """Of the day in the bank's zone, 0 to 23."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A kind of row that is counted together: rows of a table that meet every condition; an empty one asks nothing."""

    name: str
    table: str
    zh: str
    en: str
    kinds: tuple[str, ...] = ()
    """Values of the table's ``kind``."""
    sign: int = 0
    """1: amounts above zero only, -1: below zero only, 0: any."""
    counterparties: tuple[str, ...] = ()
    """Values of ``counterparty_kind``."""
    products: tuple[str, ...] = ()
    """Names in ``BALANCE_GROUPS`` of the product's category."""
    channels: tuple[str, ...] = ()
    """Values of the table's ``channel``."""
    value: Value = Value.AMOUNT

    @property
    def lineage(self) -> tuple[str, ...]:
        """The contract columns that say which rows belong to the group."""
        asked = (
            ("kind", self.kinds), ("amount", self.sign), ("counterparty_kind", self.counterparties),
            ("product_id", self.products), ("channel", self.channels),
        )  # fmt: skip
        columns = tuple(f"{self.table}.{column}" for column, condition in asked if condition)
        return (f"{self.table}.at", *columns, *(("products.category",) if self.products else ()))


_OUTSIDE: Final = ("salary", "transfer_in", "cash")
_BY_PEOPLE: Final = ("rm", "remote_agent")


def _moved(name: str, zh: str, en: str, *kinds: str, sign: int = 0, counterparties: tuple[str, ...] = ()) -> Group:
    return Group(
        name=name, table="transactions", zh=zh, en=en, kinds=kinds, sign=sign, counterparties=counterparties
    )  # fmt: skip


_COUNTERPARTIES: Final = (
    ("own_other_bank", "本人他行", "own accounts elsewhere"),
    ("broker", "证券公司", "brokers"),
    ("payment_platform", "第三方支付", "payment platforms"),
    ("person", "他人", "other people"),
)
_PRODUCTS: Final = (
    ("deposit", "定期存款", "term deposits"),
    ("cash", "现金管理", "cash management"),
    ("wealth", "银行理财", "wealth products"),
    ("fund", "非货币基金", "funds other than money funds"),
    ("insurance", "保险", "insurance"),
)

GROUPS: Final = (
    _moved("transaction", "交易", "transactions"),
    _moved(
        "own_transaction", "客户主动交易", "transactions of the customer's own doing",
        "transfer_in", "transfer_out", "buy", "redeem", "card", "cash",
    ),
    _moved("inflow", "行外流入", "inflow from outside", *_OUTSIDE, sign=1),
    _moved("outflow", "流出行外", "outflow to outside", "transfer_out", "cash", sign=-1),
    _moved("salary", "代发工资", "salary", "salary", sign=1),
    _moved("buy", "购买", "purchases", "buy"),
    _moved("redeem", "赎回", "redemptions", "redeem"),
    _moved("spend", "刷卡消费", "card spending", "card", sign=-1),
    _moved("cash_out", "取现", "cash withdrawals", "cash", sign=-1),
    _moved("maturity", "到期入账", "matured principal", "maturity"),
    _moved("dividend", "分红", "dividends", "dividend"),
    _moved("interest", "利息", "interest", "interest"),
    _moved("fee", "手续费", "fees", "fee"),
    _moved("loan_paid", "还贷", "loan payments", "loan", sign=-1),
    *(
        _moved(f"to_{code}", f"转出至{zh}", f"transfers to {en}", "transfer_out", sign=-1, counterparties=(code,))
        for code, zh, en in _COUNTERPARTIES
    ),
    *(
        _moved(f"from_{code}", f"自{zh}转入", f"transfers from {en}", "transfer_in", sign=1, counterparties=(code,))
        for code, zh, en in _COUNTERPARTIES
    ),
    *(
        Group(
            name=f"{kind}_{name}", table="transactions", zh=f"{verb}{zh}", en=f"{word} of {en}",
            kinds=(kind,), products=(name,),
        )
        for kind, verb, word in (("buy", "购买", "purchases"), ("redeem", "赎回", "redemptions"))
        for name, zh, en in _PRODUCTS
    ),
    Group(
        name="salary_day", table="transactions", zh="工资到账日", en="day of the month of salaries",
        kinds=("salary",), sign=1, value=Value.DAY_OF_MONTH,
    ),
    Group(
        name="own_hour", table="transactions", zh="主动交易时刻", en="hour of transactions of the customer's own doing",
        kinds=("transfer_in", "transfer_out", "buy", "redeem"), value=Value.HOUR,
    ),
    Group(
        name="app_use", table="app_events", zh="使用手机银行", en="uses of the app",
        kinds=("login", "view", "search", "click"),
    ),
    Group(name="login", table="app_events", zh="登录手机银行", en="app logins", kinds=("login",)),
    Group(
        name="view", table="app_events", zh="浏览、搜索、点击", en="app views, searches and clicks",
        kinds=("view", "search", "click"),
    ),
    *(
        Group(
            name=f"view_{name}", table="app_events", zh=f"浏览{zh}", en=f"app views of {en}",
            kinds=("view", "search", "click"), products=(name,),
        )
        for name, zh, en in _PRODUCTS
    ),
    Group(name="push_open", table="app_events", zh="打开推送", en="pushes opened", kinds=("push_open",)),
    Group(
        name="login_hour", table="app_events", zh="登录时刻", en="hour of app logins",
        kinds=("login",), value=Value.HOUR,
    ),
    Group(name="contact", table="contacts", zh="银行触达", en="contacts by the bank"),
    Group(
        name="contact_by_person", table="contacts", zh="人员触达", en="contacts by a person of the bank",
        channels=_BY_PEOPLE,
    ),
    Group(
        name="contact_by_machine", table="contacts", zh="机器触达", en="contacts by a machine channel",
        channels=tuple(channel for channel in CHANNELS if channel not in _BY_PEOPLE),
    ),
    Group(name="complaint", table="complaints", zh="投诉", en="complaints"),
)  # fmt: skip
"""A row belongs to every group whose conditions it meets; a group's number is its place here."""

BY_NAME: Final = {group.name: group for group in GROUPS}
TABLES_READ: Final = tuple(dict.fromkeys(group.table for group in GROUPS))

VALUE_UNITS: Final = {Value.AMOUNT: Unit.FEN, Value.DAY_OF_MONTH: Unit.DAY_OF_MONTH, Value.HOUR: Unit.HOUR}

_CODED: Final[dict[str, tuple[str, ...]]] = {
    "counterparty_kind": COUNTERPARTIES,
    "product_id": tuple(BALANCE_GROUPS),
    "channel": CHANNELS,
}
"""What conditions look at besides kind and sign, and the codes that it may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """The columns of a table on which conditions look, each with its codes; code 0 of an axis is "none of these"."""

    table: str
    columns: tuple[str, ...]
    codes: tuple[tuple[str, ...], ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """How many codes each axis has."""
        return tuple(len(codes) + 1 for codes in self.codes)

    @property
    def size(self) -> int:
        """How many cells there are: combinations of codes."""
        return int(np.prod(self.shape, dtype=np.int64)) if self.shape else 1


def _axes(table: str) -> Axes:
    groups = [group for group in GROUPS if group.table == table]
    kinds = next((column.codes for column in TABLES[table].columns if column.name == "kind"), ())
    asked = {
        "kind": (kinds, any(group.kinds for group in groups)),
        "amount": (("+", "-"), any(group.sign for group in groups)),
        "counterparty_kind": (_CODED["counterparty_kind"], any(group.counterparties for group in groups)),
        "product_id": (_CODED["product_id"], any(group.products for group in groups)),
        "channel": (_CODED["channel"], any(group.channels for group in groups)),
    }
    chosen = {column: codes for column, (codes, wanted) in asked.items() if wanted}
    return Axes(table=table, columns=tuple(chosen), codes=tuple(chosen.values()))


AXES: Final = {table: _axes(table) for table in TABLES_READ}


def _belongs(group: Group, axes: Axes, cell: tuple[str, ...]) -> bool:
    """Say whether rows of a cell belong to a group."""
    sign = {1: ("+",), -1: ("-",), 0: ()}[group.sign]
    asked = {
        "kind": group.kinds, "amount": sign, "counterparty_kind": group.counterparties,
        "product_id": group.products, "channel": group.channels,
    }  # fmt: skip
    return all(not asked[column] or code in asked[column] for column, code in zip(axes.columns, cell, strict=True))


def _members() -> tuple[NDArray[np.int64], NDArray[np.int64], dict[str, int]]:
    starts, groups, first = [0], [], {}
    for table, axes in AXES.items():
        first[table] = len(starts) - 1
        for cell in product(*(("", *codes) for codes in axes.codes)):
            groups += [
                number for number, group in enumerate(GROUPS) if group.table == table and _belongs(group, axes, cell)
            ]
            starts.append(len(groups))
    return np.array(starts, dtype=np.int64), np.array(groups, dtype=np.int64), first


CELL_STARTS, CELL_GROUPS, FIRST_CELL = _members()
"""By cell the groups to which its rows belong: those of cell c stand at ``CELL_STARTS[c]`` to ``CELL_STARTS[c + 1]``
of ``CELL_GROUPS``; the cells of a table begin at its ``FIRST_CELL``, in C order of its axes."""
