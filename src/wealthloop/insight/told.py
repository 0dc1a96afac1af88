"""The columns of the profile as data: unit, words and the contract columns behind each."""

from dataclasses import fields
from typing import Final, TypeAlias

from wealthloop.insight.provenance import Around, sourced
from wealthloop.insight.tagged import DEFINITIONS
from wealthloop.insight.types import Profile, Sourced, Words

_Told: TypeAlias = tuple[str, str, str, str, tuple[str, ...]]
"""Unit, Chinese, English, what makes it, the contract columns."""

_BALANCE: Final = ("holdings.as_of", "holdings.balance")
_FUNDS: Final = (
    *_BALANCE, "holdings.product_id", "holdings.redeemable_from", "products.category", "plans.amount", "plans.cycle",
    "plans.started", "plans.stopped",
)  # fmt: skip
_LATER: Final = (*_FUNDS, "holdings.maturity_date")
_BOOK: Final = ("book_assignments.rm_id", "book_assignments.from", "book_assignments.to")
_ASSESSED: Final = ("suitability.assessed_at",)


def _tag(name: str, zh: str, en: str, *columns: str) -> _Told:
    made = DEFINITIONS[name]
    return "text", zh, en, f"tag {name} v{made.version} {made.digest}", columns


PROFILE: Final[dict[str, _Told]] = {
    "age": ("years", "年龄", "age", "feature age", ("customers.birth_date", "customers.birth_year")),
    "tenure_days": ("days", "开户天数", "days since the account was opened", "feature tenure_days",
                    ("customers.open_date",)),
    "quiet_days": ("days", "距最近一次主动使用的天数", "days since anything of the customer's own doing",
                   "fact quiet_days", ("app_events.at", "app_events.kind", "transactions.at", "transactions.kind")),
    "tier": _tag("tier", "层级", "tier", *_BALANCE),
    "tier_month": ("date", "层级依据月份", "month that set the tier", "definition tier", _BALANCE),
    "tier_average": ("fen", "该月月日均", "average of that month", "definition monthly_average", _BALANCE),
    "next_tier": ("text", "上一层级", "tier above", "definition tier", _BALANCE),
    "next_tier_floor": ("fen", "上一层级门槛", "floor of the tier above", "definition tier", ()),
    "lifecycle": _tag("lifecycle", "生命周期", "lifecycle", *_BALANCE, "customers.open_date", "app_events.at",
                      "transactions.at"),
    "life_stage": _tag("life_stage", "人生阶段", "life stage", "customers.birth_date", "customers.birth_year",
                       "customers.marital_status", "customers.occupation"),
    "aum": ("fen", "管理资产（时点）", "AUM on the newest day", "feature aum", _BALANCE),
    "aum_average": ("fen", "管理资产（月日均）", "AUM, daily average of the month so far", "definition monthly_average",
                    _BALANCE),
    "aum_trend": ("share", "月日均较三个月前变动", "change of the average in three months", "fact aum_trend", _BALANCE),
    "aum_day": ("date", "最新持仓日", "newest day of holdings", "table", ("holdings.as_of",)),
    "aum_basis": ("text", "月日均口径", "from what the average is made", "definition monthly_average", _BALANCE),
    "available_now": ("fen", "可动用资金（现在）", "available now", "definition available_funds", _FUNDS),
    "available_7d": ("fen", "可动用资金（7 天内）", "available within 7 days", "definition available_funds", _LATER),
    "available_30d": ("fen", "可动用资金（30 天内）", "available within 30 days", "definition available_funds", _LATER),
    "committed_30d": ("fen", "30 天内承诺支付", "committed within 30 days", "definition available_funds",
                      ("plans.amount", "plans.cycle", "plans.started", "plans.stopped")),
    "overdraft_room": ("fen", "可透支资金（信贷，不可投资）", "overdraft room (credit, not for investing)", "table",
                       ("credit.as_of", "credit.overdraft_available")),
    "staff_id": ("text", "管户经理", "relationship manager", "table", _BOOK),
    "branch_id": ("text", "网点", "branch", "table", ("customers.branch_id",)),
    "suitability_level": ("text", "适当性等级", "suitability level", "table", ("suitability.level", *_ASSESSED)),
    "lowest_class": ("flag", "最低风险承受类别", "lowest class", "table", ("suitability.lowest_class", *_ASSESSED)),
    "assessed_at": ("date", "评估日", "day of the assessment", "table", _ASSESSED),
    "valid_until": ("date", "评估有效至", "assessment valid until", "table", ("suitability.valid_until", *_ASSESSED)),
}  # fmt: skip
"""By column of the profile, ``customer_id`` left out."""


def profile_sources(profile: Profile, around: Around) -> tuple[Sourced, ...]:
    """Return every value of a profile with its provenance, in the order of its columns."""
    found = []
    for field in fields(profile):
        if field.name in PROFILE:
            unit, zh, en, made_by, sources = PROFILE[field.name]
            value = getattr(profile, field.name)
            words = Words(zh=zh, en=en)
            found.append(
                sourced(field.name, value, words=words, unit=unit, made_by=made_by, sources=sources, around=around)
            )
    return tuple(found)
