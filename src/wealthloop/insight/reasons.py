"""Tags of a customer, each with why it was given, and what cannot be said, each with why not."""

from typing import Final

from wealthloop.bank import BankTables
from wealthloop.insight.profiles import TAGS
from wealthloop.insight.tagged import DEFINITIONS, Explained
from wealthloop.insight.types import AumBasis, Missing, Profile, Tag, Words

_NEEDED: Final = {
    "app_events": Words(zh="没有手机银行行为数据", en="the bank gave no app events"),
    "book_assignments": Words(zh="没有管户关系数据", en="the bank gave no book assignments"),
    "complaints": Words(zh="没有投诉数据", en="the bank gave no complaints"),
    "consents": Words(zh="没有营销同意数据，不能触达", en="the bank gave no consents: no contact is allowed"),
    "contacts": Words(zh="没有触达记录", en="the bank gave no contacts"),
    "credit": Words(
        zh="没有信贷数据，可透支资金未知", en="the bank gave no credit records: overdraft room is not known"
    ),
    "holdings": Words(zh="没有持仓数据，资产未知", en="the bank gave no holdings: AUM is not known"),
    "plans": Words(zh="没有定投与续期计划数据", en="the bank gave no standing plans"),
    "products": Words(zh="没有产品数据，无法按类别拆分", en="the bank gave no products: no split by category"),
    "suitability": Words(zh="没有适当性评估数据", en="the bank gave no suitability assessments"),
}
_BASIS: Final = {
    AumBasis.MONTH_END: Words(
        zh="只有月末余额，月日均以月末余额代替", en="only month-end balances exist and stand for the average"
    ),
    AumBasis.ASSUMED: Words(zh="余额由映射假设得出，不是事实", en="the balances are assumed by a mapping, no fact"),
}


def tags(profile: Profile, full: tuple[Explained, ...]) -> tuple[Tag, ...]:
    """Return the tags of a customer in short, each with its reason.

    Args:
        profile: the customer's.
        full: the explained tags; where there are none those of the profile are named without their facts.
    """
    found = (
        *(_in_short(one) for one in full),
        *(_of_profile(profile, name) for name in TAGS if not full),
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


def _in_short(one: Explained) -> Tag:
    why = one.why
    if one.waiting is not None:
        why = Words(zh=f"{why.zh};{one.waiting.words.zh}", en=f"{why.en}; {one.waiting.words.en}")
    return Tag(kind=one.tag, value=one.value, words=one.words, why=why)


def _of_profile(profile: Profile, name: str) -> Tag:
    definition, value = DEFINITIONS[name], getattr(profile, name)
    state, title = definition.state(value), definition.title
    return Tag(
        kind=name,
        value=value,
        words=Words(zh=state.zh, en=state.en),
        why=Words(
            zh=f"{title.zh}定义第 {definition.version} 版",
            en=f"by version {definition.version} of the definition of the {title.en}",
        ),
    )


def _suitability_tag(profile: Profile) -> Tag | None:
    if profile.suitability_level is None:
        return None
    level = profile.suitability_level
    return Tag(
        kind="suitability",
        value=level,
        words=Words(zh=f"适当性 {level}", en=f"suitability {level}"),
        why=Words(
            zh=f"{profile.assessed_at} 评估，有效至 {profile.valid_until}",
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
