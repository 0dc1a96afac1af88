"""Tags of a customer, each with why it was given, and what cannot be said, each with why not."""

from typing import Final

from wealthloop.bank import BankTables
from wealthloop.insight.life_stage import NOT_KNOWN, STAGES, life_stage
from wealthloop.insight.lifecycle import RULES
from wealthloop.insight.tiers import UNKNOWN, tier
from wealthloop.insight.types import AumBasis, Missing, Profile, Tag, Words
from wealthloop.kit import compact

_NEEDED: Final = {
    "app_events": Words(zh="没有手机银行行为数据", en="the bank gave no app events"),
    "book_assignments": Words(zh="没有管户关系数据", en="the bank gave no book assignments"),
    "complaints": Words(zh="没有投诉数据", en="the bank gave no complaints"),
    "consents": Words(zh="没有营销同意数据,不能触达", en="the bank gave no consents: no contact is allowed"),
    "contacts": Words(zh="没有触达记录", en="the bank gave no contacts"),
    "credit": Words(
        zh="没有信贷数据,可透支资金未知", en="the bank gave no credit records: overdraft room is not known"
    ),
    "holdings": Words(zh="没有持仓数据,资产未知", en="the bank gave no holdings: AUM is not known"),
    "plans": Words(zh="没有定投与续期计划数据", en="the bank gave no standing plans"),
    "products": Words(zh="没有产品数据,无法按类别拆分", en="the bank gave no products: no split by category"),
    "suitability": Words(zh="没有适当性评估数据", en="the bank gave no suitability assessments"),
}
_BASIS: Final = {
    AumBasis.MONTH_END: Words(
        zh="只有月末余额,月日均以月末余额代替", en="only month-end balances exist and stand for the average"
    ),
    AumBasis.ASSUMED: Words(zh="余额由映射假设得出,不是事实", en="the balances are assumed by a mapping, no fact"),
}


def tags(profile: Profile, *, marital: str | None, occupation: str | None) -> tuple[Tag, ...]:
    """Return the tags of a customer, each with its reason."""
    found = (
        _tier_tag(profile),
        _lifecycle_tag(profile),
        _life_stage_tag(profile, marital, occupation),
        _suitability_tag(profile),
        _manager_tag(profile),
    )
    return tuple(tag for tag in found if tag is not None)


def missing(bank: BankTables, profile: Profile) -> tuple[Missing, ...]:
    """Return what the bank's tables do not say, each with the reason; ``what`` is a table, or ``aum_average``."""
    absent = set(bank.absent())
    found = [Missing(what=table, why=why) for table, why in _NEEDED.items() if table in absent]
    why = _BASIS.get(AumBasis(profile.aum_basis)) if profile.aum_basis else None
    return tuple([*found, Missing(what="aum_average", why=why)] if why else found)


def _tier_tag(profile: Profile) -> Tag:
    held = tier(profile.tier)
    if held is None or profile.aum_average is None:
        unknown = Words(zh="未知", en="unknown")
        return Tag(kind="tier", value=UNKNOWN, words=unknown, why=_NEEDED["holdings"])
    average = profile.tier_average if profile.tier_average is not None else profile.aum_average
    month = profile.tier_month.strftime("%Y-%m") if profile.tier_month else None
    zh, en = (f"{month} 月日均", f"average of {month}") if month else ("本月至今日均", "average of the month so far")
    graced = average < held.floor
    return Tag(
        kind="tier",
        value=held.name,
        words=Words(zh=held.zh, en=held.en),
        why=Words(
            zh=f"{zh} {compact(average, 'zh-hans')} 元,门槛 {compact(held.floor, 'zh-hans')} 元"
            + (f",连续 {held.patience} 个月不达标才降级" if graced else ""),
            en=f"{en} {compact(average, 'en')} yuan, floor {compact(held.floor, 'en')} yuan"
            + (f"; moves down only after {held.patience} months below" if graced else ""),
        ),
    )


def _lifecycle_tag(profile: Profile) -> Tag:
    rule = next(rule for rule in RULES if rule.name == profile.lifecycle)
    words = Words(zh=rule.zh, en=rule.en)
    return Tag(kind="lifecycle", value=rule.name, words=words, why=Words(zh=rule.why_zh, en=rule.why_en))


def _life_stage_tag(profile: Profile, marital: str | None, occupation: str | None) -> Tag:
    now = life_stage(age=profile.age, marital=marital, occupation=occupation)
    named = {stage.name: stage for stage in (*STAGES, NOT_KNOWN)}
    stage = now if now.name == profile.life_stage else named[profile.life_stage]
    words = Words(zh=stage.zh, en=stage.en)
    return Tag(kind="life_stage", value=stage.name, words=words, why=Words(zh=stage.why_zh, en=stage.why_en))


def _suitability_tag(profile: Profile) -> Tag | None:
    if profile.suitability_level is None:
        return None
    level = profile.suitability_level
    return Tag(
        kind="suitability",
        value=level,
        words=Words(zh=f"适当性 {level}", en=f"suitability {level}"),
        why=Words(
            zh=f"{profile.assessed_at} 评估,有效至 {profile.valid_until}",
            en=f"assessed on {profile.assessed_at}, valid until {profile.valid_until}",
        ),
    )


def _manager_tag(profile: Profile) -> Tag | None:
    if profile.staff_id is None:
        return None
    return Tag(
        kind="relationship_manager",
        value=profile.staff_id,
        words=Words(zh=f"管户 {profile.staff_id}", en=f"relationship manager {profile.staff_id}"),
        why=Words(zh="当日有效的管户关系", en="the book assignment of that day"),
    )
