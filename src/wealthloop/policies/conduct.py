"""Conduct: blocks, hours, age, people, products on sale, approval, stops."""

from datetime import date, datetime, time
from typing import Annotated

from wealthloop.policies.finding import Finding, Parameters, Stricter, missing, no, yes
from wealthloop.policies.types import Action, Facts


class HoursParameters(Parameters):
    """Hours of a day, the customer's zone, in which contact is allowed: from the first up to the second."""

    channels: Annotated[frozenset[str], Stricter.MORE]
    begins: Annotated[time, Stricter.HIGHER]
    ends: Annotated[time, Stricter.LOWER]


class AgeParameters(Parameters):
    """From which age the special flow holds, and what it forbids."""

    age: Annotated[int, Stricter.LOWER]
    forbidden_channels: Annotated[frozenset[str], Stricter.MORE]
    ratings_needing_a_person: Annotated[frozenset[str], Stricter.MORE]
    person_channels: Annotated[frozenset[str], Stricter.FEWER]


class ChannelParameters(Parameters):
    """The channels for which a rule holds."""

    channels: Annotated[frozenset[str], Stricter.MORE]


class AiCallParameters(Parameters):
    """Whether outbound calls by a machine are on."""

    enabled: Annotated[bool, Stricter.FREE]


class ClosingParameters(Parameters):
    """Where a sale may be closed, for the products that must be recorded."""

    regimes: Annotated[frozenset[str], Stricter.MORE]
    closings: Annotated[frozenset[str], Stricter.FEWER]


def legal_block(facts: Facts, action: Action, now: datetime, parameters: Parameters) -> Finding:  # noqa: ARG001
    """Nobody who died, cannot act or is frozen is contacted."""
    if not facts.found:
        return missing("客户记录", "the customer's record")
    if facts.legal_block:
        return no("客户处于法律限制状态", "a legal block stands on the customer", legal_block=facts.legal_block)
    return yes("无法律限制", "no legal block")


def call_hours(facts: Facts, action: Action, now: datetime, parameters: HoursParameters) -> Finding:
    """Contacts leave inside the allowed hours of the customer's day."""
    if action.channel not in parameters.channels:
        return yes("该渠道不限时段", "no hours for this channel", channel=action.channel)
    local = now.astimezone(facts.zone).time()
    span = f"{parameters.begins:%H:%M}-{parameters.ends:%H:%M}"
    if not parameters.begins <= local < parameters.ends:
        return no(f"{local:%H:%M} 不在 {span} 内", f"{local:%H:%M} is outside {span}", local=f"{local:%H:%M}")
    return yes(f"在 {span} 内", f"inside {span}", local=f"{local:%H:%M}")


def age(facts: Facts, action: Action, now: datetime, parameters: AgeParameters) -> Finding:
    """From this age no machine calls, and no risky product without a person; a birth year counts as its first day."""
    rating = _riskier(action, parameters.ratings_needing_a_person)
    machine_call = action.channel in parameters.forbidden_channels
    alone = rating and action.channel not in parameters.person_channels
    if not machine_call and not alone:
        return yes("不涉及高龄特别流程", "nothing that the special flow for age forbids", channel=action.channel)
    if facts.born_by is None:
        return missing("出生日期", "the birth date")
    years = age_on(facts.born_by, facts.day(now))
    if years >= parameters.age:
        return no(f"客户年满 {parameters.age} 岁，须由人员服务",
                  f"the customer is {parameters.age} or older: a person must serve",
                  channel=action.channel, rating=rating or "")  # fmt: skip
    return yes(f"未满 {parameters.age} 岁", f"younger than {parameters.age}")


def age_on(born: date, day: date) -> int:
    """Return the completed years of age on a day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def qualified_person(facts: Facts, action: Action, now: datetime, parameters: ChannelParameters) -> Finding:  # noqa: ARG001
    """A person who pitches is known and qualified for the product's regime."""
    if action.channel not in parameters.channels:
        return yes("非客户经理渠道", "not a relationship manager's channel", channel=action.channel)
    if facts.staff is None:
        return missing("客户经理", "the customer's relationship manager")
    regime = action.product.regime if action.product else None
    if regime in {None, "deposit"}:
        return yes("无需销售资质", "no qualification needed", staff=facts.staff.staff_id)
    if facts.staff.qualified_for is None:
        return missing("客户经理的销售资质", "the relationship manager's qualification")
    if regime not in facts.staff.qualified_for:
        return no("客户经理无该类产品销售资质", "the relationship manager is not qualified for this product",
                  staff=facts.staff.staff_id, regime=regime)  # fmt: skip
    return yes("客户经理具备资质", "the relationship manager is qualified", staff=facts.staff.staff_id)


def ai_call(facts: Facts, action: Action, now: datetime, parameters: AiCallParameters) -> Finding:  # noqa: ARG001
    """Outbound calls by a machine happen only where the bank switched them on."""
    if action.channel == "ai_call" and not parameters.enabled:
        return no("智能外呼未启用", "AI outbound calls are switched off", channel=action.channel)
    return yes("不受智能外呼限制", "not held by the switch of AI calls", channel=action.channel)


def on_sale(facts: Facts, action: Action, now: datetime, parameters: Parameters) -> Finding:  # noqa: ARG001
    """The product is on sale on the day of the contact."""
    product = action.product
    if product is None:
        return yes("不涉及产品", "no product is named")
    if product.on_sale_from is None:
        return missing("产品起售日", "the first day of sale of the product")
    day = facts.day(now)
    if day < product.on_sale_from or (product.on_sale_to is not None and day > product.on_sale_to):
        return no("产品不在售", "the product is not on sale", product=product.product_id, day=day)
    return yes("产品在售", "the product is on sale", product=product.product_id)


def approved_product(facts: Facts, action: Action, now: datetime, parameters: Parameters) -> Finding:  # noqa: ARG001
    """The product belongs to what the approved document offers."""
    if action.product is None:
        return yes("不涉及产品", "no product is named")
    if action.approved_categories is None:
        return missing("批准的产品清单", "the approved list of products")
    if action.product.category not in action.approved_categories:
        return no("产品不在批准清单内", "the product is not on the approved list", category=action.product.category)
    return yes("产品在批准清单内", "the product is on the approved list", category=action.product.category)


def closing_path(facts: Facts, action: Action, now: datetime, parameters: ClosingParameters) -> Finding:  # noqa: ARG001
    """A contact is not the sale: products that are recorded are closed where recording happens."""
    if action.product is None or action.product.regime not in parameters.regimes:
        return yes("无需双录", "no recording needed")
    if action.closing is None:
        return missing("成交路径", "where the sale would be closed")
    if action.closing not in parameters.closings:
        return no("成交路径未经双录", "the sale would be closed without recording", closing=action.closing)
    return yes("成交走双录或自主购买路径", "the sale is closed where it is recorded", closing=action.closing)


def credit(facts: Facts, action: Action, now: datetime, parameters: Parameters) -> Finding:  # noqa: ARG001
    """Credit is not for investing: it enters no value, amount or sentence."""
    if action.uses_credit is None:
        return missing("资金来源", "whether credit entered the action")
    if action.uses_credit:
        return no("信贷资金不得用于投资", "credit must not be used to invest")
    return yes("未计入信贷资金", "no credit counted")


def not_after(facts: Facts, action: Action, now: datetime, parameters: Parameters) -> Finding:  # noqa: ARG001
    """A contact leaves by its last day or not at all."""
    if facts.day(now) > action.not_after:
        return no(f"已过截止日 {action.not_after}", f"past its last day {action.not_after}", not_after=action.not_after)
    return yes(f"截止日 {action.not_after}", f"last day {action.not_after}", not_after=action.not_after)


def global_stop(facts: Facts, action: Action, now: datetime, parameters: Parameters) -> Finding:  # noqa: ARG001
    """Nothing leaves while the global stop is on."""
    if facts.stopped is None:
        return missing("全局停止开关", "the state of the global stop")
    if facts.stopped:
        return no("全局停止已开启", "the global stop is on")
    return yes("全局停止未开启", "the global stop is off")


def strategy_running(facts: Facts, action: Action, now: datetime, parameters: Parameters) -> Finding:  # noqa: ARG001
    """Only a running strategy version contacts."""
    if action.running is None:
        return missing("策略状态", "the state of the strategy")
    if not action.running:
        return no("策略未运行", "the strategy is not running", strategy=action.strategy_id)
    return yes("策略运行中", "the strategy is running", strategy=action.strategy_id)


def approval(facts: Facts, action: Action, now: datetime, parameters: Parameters) -> Finding:  # noqa: ARG001
    """The very content was approved by somebody other than its author."""
    return _approved(action)


def equal_terms(facts: Facts, action: Action, now: datetime, parameters: Parameters) -> Finding:  # noqa: ARG001
    """A personal incentive exists only inside an approved experiment."""
    if action.benefit_id is None:
        return yes("无个性化权益", "no personal incentive")
    return _approved(action)


def _approved(action: Action) -> Finding:
    held = action.approval
    if held is None or not held.approved_by or not held.approved_hash:
        return missing("审批记录", "the approval")
    if held.approved_hash != held.content_hash:
        return no("内容与批准版本不符", "the content is not what was approved", approved_by=held.approved_by)
    if held.approved_by == held.author:
        return no("不得自行批准", "nobody approves their own work", approved_by=held.approved_by)
    return yes(f"由 {held.approved_by} 批准", f"approved by {held.approved_by}", approved_by=held.approved_by)


def _riskier(action: Action, ratings: frozenset[str]) -> str | None:
    """Return a rating of the product that needs a person, if it has one."""
    if action.product is None:
        return None
    return next((r for r in (action.product.issuer_risk, action.product.seller_risk) if r in ratings), None)
