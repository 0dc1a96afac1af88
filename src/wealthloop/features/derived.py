"""Features made of other features: a quotient is one line."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from wealthloop.features.groups import BALANCE_GROUPS
from wealthloop.features.holdings import HOLDINGS_FEATURES
from wealthloop.features.kernel import Floats
from wealthloop.features.people import PEOPLE_FEATURES
from wealthloop.features.types import Feature, Unit
from wealthloop.features.windows import WINDOWED

_BASE: Final = {
    feature.name: feature
    for feature in (*PEOPLE_FEATURES, *HOLDINGS_FEATURES, *(windowed.feature for windowed in WINDOWED))
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotient:
    """``above * times / below``; NaN where ``below`` is not above 0."""

    name: str
    zh: str
    en: str
    above: str
    below: str
    times: float = 1.0
    unit: Unit = Unit.RATIO

    @property
    def feature(self) -> Feature:
        """The entry of the catalogue."""
        parts = (_BASE[self.above], _BASE[self.below])
        lineage = tuple(dict.fromkeys(column for part in parts for column in part.lineage))
        return Feature(name=self.name, unit=self.unit, zh=self.zh, en=self.en, lineage=lineage)


def _pace(group: str, zh: str, en: str, measure: str = "sum") -> tuple[Quotient, Quotient]:
    """Compare the last month with the quarter, and the quarter with the year, both by the day."""
    month, quarter = "近 30 天与近 90 天日均之比", "近 90 天与近一年日均之比"
    return (
        Quotient(
            name=f"{group}_pace_30d", zh=f"{zh}：{month}", en=f"{en}: last 30 days against 90, a day",
            above=f"{group}_{measure}_30d", below=f"{group}_{measure}_90d", times=3.0,
        ),
        Quotient(
            name=f"{group}_pace_90d", zh=f"{zh}：{quarter}", en=f"{en}: last 90 days against a year, a day",
            above=f"{group}_{measure}_90d", below=f"{group}_{measure}_365d", times=365 / 90,
        ),
    )  # fmt: skip


def _share(name: str, zh: str, en: str, above: str, below: str) -> Quotient:
    return Quotient(name=name, zh=zh, en=en, above=above, below=below, unit=Unit.SHARE)


_HELD_WORDS: Final = {feature.name: feature for feature in HOLDINGS_FEATURES}

QUOTIENTS: Final = (
    *(
        _share(
            f"share_{name}", f"{_HELD_WORDS[f'balance_{name}'].zh.removesuffix('余额')}占比",
            f"share of AUM: {_HELD_WORDS[f'balance_{name}'].en}", f"balance_{name}", "aum",
        )
        for name in BALANCE_GROUPS
    ),
    *_pace("inflow", "行外流入", "inflow from outside"),
    *_pace("outflow", "流出行外", "outflow to outside"),
    *_pace("salary", "代发工资", "salary"),
    *_pace("buy", "购买", "purchases"),
    *_pace("redeem", "赎回", "redemptions"),
    *_pace("spend", "刷卡消费", "card spending"),
    *_pace("transaction", "交易次数", "transactions", "count"),
    *_pace("login", "登录次数", "app logins", "count"),
    *_pace("view", "浏览次数", "app views", "count"),
    Quotient(
        name="aum_average_growth_1m", zh="本月日均与上月日均之比", en="AUM average of this month against the last",
        above="aum_average", below="aum_average_last_month",
    ),
    Quotient(
        name="aum_average_growth_3m", zh="本月日均与三个月前日均之比",
        en="AUM average of this month against three months before",
        above="aum_average", below="aum_average_3_months_ago",
    ),
    Quotient(
        name="spend_to_salary_90d", zh="近 90 天消费与工资之比", en="card spending to salary, last 90 days",
        above="spend_sum_90d", below="salary_sum_90d",
    ),
    Quotient(
        name="outflow_to_inflow_90d", zh="近 90 天流出与流入之比", en="outflow to inflow, last 90 days",
        above="outflow_sum_90d", below="inflow_sum_90d",
    ),
    Quotient(
        name="demand_in_days_of_spending", zh="活期余额够消费的天数", en="days of card spending that demand covers",
        above="balance_demand", below="spend_sum_90d", times=90.0, unit=Unit.DAYS,
    ),
    _share("maturing_share_30d", "30 天内到期占比", "share of AUM maturing within 30 days", "maturing_30d", "aum"),
    _share("losing_share", "浮亏持仓占比", "share of AUM in positions at a loss", "losing_balance", "aum"),
    _share("gain_share", "浮动盈亏占比", "unrealised gain or loss against AUM", "gain", "aum"),
    *(
        _share(f"buy_share_{name}_365d", f"近一年购买中{zh}占比", f"share of the year's purchases: {en}",
               f"buy_{name}_sum_365d", "buy_sum_365d")
        for name, zh, en in (
            ("deposit", "定期存款", "term deposits"), ("wealth", "银行理财", "wealth products"),
            ("fund", "非货币基金", "funds"), ("insurance", "保险", "insurance"),
        )
    ),
    _share("broker_share_of_outflow_365d", "近一年转出中银证占比", "share of the year's outflow: brokers",
           "to_broker_sum_365d", "outflow_sum_365d"),
    _share("contact_by_person_share_365d", "近一年触达中人员占比", "share of the year's contacts: by a person",
           "contact_by_person_count_365d", "contact_count_365d"),
)  # fmt: skip


def derived_values(known: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return every quotient of known features, each of shape (n_customers,)."""
    return {one.name: _quotient(known[one.above], known[one.below], one.times) for one in QUOTIENTS}


def _quotient(above: Floats, below: Floats, times: float) -> Floats:
    some = below > 0
    found = np.full(above.size, np.nan)
    found[some] = above[some] * times / below[some]
    return found
