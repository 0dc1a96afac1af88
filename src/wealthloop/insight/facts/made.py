"""The facts that can be made for tags: words, unit and the contract's columns behind each, as data."""

from dataclasses import dataclass
from typing import Final

from wealthloop.features import describe
from wealthloop.insight.machines import FactFrom

_BALANCE: Final = ("holdings.as_of", "holdings.balance")
_RATED: Final = (*_BALANCE, "holdings.product_id", "products.regime", "products.issuer_risk", "products.seller_risk")
_LEVEL: Final = (*_RATED, "suitability.level", "suitability.assessed_at")
_ANSWERS: Final = ("contacts.at", "contacts.channel", "contacts.outcome", "contacts.outcome_at")
_INSTANTS: Final = ("app_events.at", "app_events.kind", "transactions.at", "transactions.kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class FactWords:
    """What a fact is."""

    name: str
    unit: str
    """Of ``features.Unit``, or ``hour`` (0 to 23, the bank's zone) or ``text``."""
    zh: str
    en: str
    sources: tuple[str, ...]
    """The contract columns from which it is made, ``table.column``."""
    made_by: str
    """``feature NAME`` or ``fact NAME``."""


def _made(name: str, unit: str, zh: str, en: str, sources: tuple[str, ...]) -> FactWords:
    return FactWords(name=name, unit=unit, zh=zh, en=en, sources=sources, made_by=f"fact {name}")


_MADE: Final = (
    _made("completed_average", "fen", "最近完整月的月日均", "average of the last completed month", _BALANCE),
    _made("month_average", "fen", "当月月日均", "average of the month", _BALANCE),
    _made("told_aum", "fen", "管理资产（时点）", "AUM on the newest day", _BALANCE),
    _made("aum_trend", "share", "月日均较三个月前变动", "change of the average in three months", _BALANCE),
    _made(
        "quiet_days", "days", "距最近一次主动使用的天数", "days since anything of the customer's own doing",
        ("app_events.at", "app_events.kind", "transactions.at", "transactions.kind"),
    ),
    _made("marital_status", "text", "婚姻状况", "marital status", ("customers.marital_status",)),
    _made("occupation", "text", "职业", "occupation", ("customers.occupation",)),
    _made(
        "assessment_valid", "flag", "适当性评估有效", "the suitability assessment is valid",
        ("suitability.assessed_at", "suitability.valid_until"),
    ),
    _made("rated_share", "share", "有风险等级的资产占比", "share of AUM with a risk rating", _RATED),
    _made("share_above_level", "share", "高于评级的资产占比", "share of AUM rated above the level", _LEVEL),
    _made("share_near_level", "share", "评级及低一级的资产占比", "share of AUM at the level or one under", _LEVEL),
    _made("answers", "count", "近 180 天回应次数", "contacts answered in 180 days", _ANSWERS),
    _made("answers_person", "share", "回应中人员电话占比", "share of answers to calls", _ANSWERS),
    _made("answers_wecom", "share", "回应中微信企微占比", "share of answers by WeChat or WeCom", _ANSWERS),
    _made("answers_app", "share", "回应中手机银行占比", "share of answers to app messages", _ANSWERS),
    _made("answers_sms", "share", "回应中短信占比", "share of answers to text messages", _ANSWERS),
    _made(
        "branch_visits", "count", "近 90 天网点交易次数", "transactions at a branch in 90 days",
        ("transactions.at", "transactions.channel"),
    ),
    _made(
        "on_wecom", "flag", "已绑定企业微信", "bound on WeCom",
        ("channel_identities.channel", "channel_identities.bound_at", "channel_identities.unbound_at"),
    ),
    _made("best_hour", "hour", "最活跃的小时", "the most active hour", (*_INSTANTS, "customers.birth_date")),
    _made("hour_events", "count", "近 90 天联系时段内活动次数", "events within contact hours in 90 days", _INSTANTS),
)  # fmt: skip

MADE: Final = {one.name: one for one in _MADE}
"""Every fact that can be made, by name."""


def fact_words(source: FactFrom) -> FactWords:
    """Return what the fact of a definition is.

    Raises:
        NotFound: the catalogue has no such feature.
        KeyError: no such fact is made.
    """
    if source.feature is None:
        return MADE[source.made or ""]
    told = describe(source.feature)
    return FactWords(
        name=told.name, unit=told.unit.value, zh=told.zh, en=told.en, sources=told.lineage,
        made_by=f"feature {told.name}",
    )  # fmt: skip
