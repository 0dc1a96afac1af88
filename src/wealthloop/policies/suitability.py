"""Suitability 适当性: which product may be named to which customer.

Source: 金融机构产品适当性管理办法 (NFRA Order 2025 No. 7), 证券期货投资者适当性管理办法. The regime is a property of
the product: deposits, large certificates and savings bonds stay open to everyone.
"""

from datetime import date, datetime, timedelta
from typing import Annotated, Final

from wealthloop.kit import months_after
from wealthloop.policies.finding import Finding, Parameters, Stricter, missing, no, yes
from wealthloop.policies.types import Action, Facts, ProductFacts

REGIMES: Final = ("deposit", "investment", "insurance")
_LEVELS: Final[dict[str | None, int]] = {"C1": 1, "C2": 2, "C3": 3, "C4": 4, "C5": 5}
_RATINGS: Final[dict[str | None, int]] = {"R1": 1, "R2": 2, "R3": 3, "R4": 4, "R5": 5}


class ValidityParameters(Parameters):
    """How long an assessment holds."""

    months: Annotated[int, Stricter.LOWER]


class PrivateParameters(Parameters):
    """Where private products may be named at all."""

    closed_channels: Annotated[frozenset[str], Stricter.FEWER]


class AssessmentParameters(Parameters):
    """How often a customer may be assessed."""

    a_day: Annotated[int, Stricter.LOWER]
    a_period: Annotated[int, Stricter.LOWER]
    months: Annotated[int, Stricter.HIGHER]


def level_known(facts: Facts, action: Action, now: datetime, parameters: Parameters) -> Finding:  # noqa: ARG001
    """An investment product needs a customer with an assessed level."""
    if action.product is not None and action.product.regime not in REGIMES:
        return missing("产品的监管类别", "the product's regime")
    if _investment(action) is None:
        return _open()
    level = facts.suitability.level if facts.suitability else None
    if level not in _LEVELS:
        return missing("风险承受能力等级", "the customer's risk level")
    return yes(f"已评估为 {level}", f"assessed as {level}", level=level)


def rating_match(facts: Facts, action: Action, now: datetime, parameters: Parameters) -> Finding:  # noqa: ARG001
    """A customer of level C_k may be shown R1 to R_k; of two ratings the higher counts."""
    product = _investment(action)
    if product is None:
        return _open()
    rating = higher_rating(product)
    if rating is None:
        return missing("发行方与销售方的风险评级", "the product's ratings by issuer and by seller")
    held = facts.suitability
    if held is None or held.level not in _LEVELS:
        return missing("风险承受能力等级", "the customer's risk level")
    level = _LEVELS[held.level]
    if held.lowest_class and rating > 1:
        return no(f"风险承受能力最低类别只可 R1，产品为 R{rating}", f"lowest class may be shown R1 only, not R{rating}",
                  rating=f"R{rating}", lowest_class=True)  # fmt: skip
    if rating > level:
        return no(f"R{rating} > C{level}", f"R{rating} > C{level}", rating=f"R{rating}", level=f"C{level}")
    return yes(f"适当性 C{level}→R{rating}", f"suitability C{level}→R{rating}", rating=f"R{rating}", level=f"C{level}")


def validity(facts: Facts, action: Action, now: datetime, parameters: ValidityParameters) -> Finding:
    """The assessment must be in force; an expired one allows only an invitation to a new one."""
    if _investment(action) is None:
        return _open()
    held = facts.suitability
    if held is None or held.assessed_at is None:
        return missing("风险评估日期", "the day of the risk assessment")
    last = last_valid_day(held.assessed_at, held.valid_until, months=parameters.months)
    if not held.assessed_at <= facts.day(now) <= last:
        return no(f"风险评估已于 {last} 到期，请先邀请重新评估",
                  f"the assessment ended on {last}: invite to a new one first",
                  assessed_at=held.assessed_at, valid_until=last)  # fmt: skip
    return yes(f"风险评估有效至 {last}", f"assessment valid until {last}", valid_until=last)


def private_product(facts: Facts, action: Action, now: datetime, parameters: PrivateParameters) -> Finding:  # noqa: ARG001
    """A private product is never named on an open channel."""
    if action.product is None or action.product.regime == "deposit" or action.channel in parameters.closed_channels:
        return yes("非私募产品公开推介", "no private product on an open channel", channel=action.channel)
    if action.product.private is None:
        return missing("产品是否私募", "whether the product is private")
    if action.product.private:
        return no("私募产品不得在公开渠道推介", "a private product is not for an open channel", channel=action.channel)
    return yes("公募产品", "a public product", private=False)


def needs_analysis(facts: Facts, action: Action, now: datetime, parameters: ValidityParameters) -> Finding:
    """Insurance follows an analysis of needs and affordability."""
    if action.product is None or action.product.regime != "insurance":
        return yes("非保险产品", "no insurance product")
    if facts.needs_analysis_on is None:
        return missing("保险需求与支付能力分析", "an analysis of insurance needs and affordability")
    last = months_after(facts.needs_analysis_on, parameters.months)
    if facts.day(now) > last:
        return no(f"需求分析已于 {last} 到期", f"the needs analysis ended on {last}", valid_until=last)
    return yes(f"需求分析有效至 {last}", f"needs analysis valid until {last}", valid_until=last)


def assessment_frequency(facts: Facts, action: Action, now: datetime, parameters: AssessmentParameters) -> Finding:
    """Nobody is invited to more assessments than may be made."""
    if not action.invites_assessment:
        return yes("非评估邀请", "no invitation to an assessment")
    day = facts.day(now)
    today = sum(made == day for made in facts.assessed_on)
    since = months_after(day, -parameters.months)
    lately = sum(made > since for made in facts.assessed_on)
    if today >= parameters.a_day or lately >= parameters.a_period:
        return no(f"已评估 {lately} 次，今日 {today} 次", f"{lately} assessments, {today} of them today",
                  today=today, lately=lately)  # fmt: skip
    return yes("评估次数未超限", "assessments below their limit", today=today, lately=lately)


def higher_rating(product: ProductFacts) -> int | None:
    """Return the higher of the two ratings, 1 to 5; None unless both are known, as the unknown one may be higher."""
    issuer, seller = _RATINGS.get(product.issuer_risk), _RATINGS.get(product.seller_risk)
    return None if issuer is None or seller is None else max(issuer, seller)


def last_valid_day(assessed_at: date, valid_until: date | None, *, months: int) -> date:
    """Return the last day on which an assessment counts: before its anniversary, and never past the bank's own end."""
    own_end = months_after(assessed_at, months) - timedelta(days=1)
    return own_end if valid_until is None else min(own_end, valid_until)


def _investment(action: Action) -> ProductFacts | None:
    """Return the product whose suitability is asked; a regime that is not known counts as investment."""
    product = action.product
    return None if product is None or product.regime in {"deposit", "insurance"} else product


def _open() -> Finding:
    return yes("不涉及投资产品适当性", "no investment product, suitability not asked")
