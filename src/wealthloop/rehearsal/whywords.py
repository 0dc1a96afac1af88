"""The sentences of an explanation, in Chinese and English."""

from collections.abc import Mapping
from typing import Final

from wealthloop.loop.capacity import BUDGET, SEATS
from wealthloop.policies.types import Text
from wealthloop.rehearsal.explained import Absence, Absent, Choice, Decision, State

_DONE: Final[Mapping[str, Text]] = {
    "released": Text(zh="已放行", en="released"),
    "withheld": Text(zh="对照或留出，不发送", en="withheld as control or holdout"),
    "imported_sent": Text(zh="由其他系统发送", en="sent by another system"),
    "imported_suppressed": Text(zh="由其他系统计划，未发送", en="planned by another system, not sent"),
}
_STATES: Final[Mapping[State, Text]] = {
    "chosen": Text(zh="当晚所选", en="what the night chose"),
    "forbidden": Text(zh="规则不允许：{rules}", en="forbidden: {rules}"),
    "no_person": Text(zh="没有可联系的客户经理", en="nobody there to call: no relationship manager"),
    "not_its_turn": Text(zh="还没有轮到该渠道", en="an earlier channel of the plan has its turn"),
    "no_unit": Text(zh="客户不在可抽签的群组内", en="the customer is in no cluster that could draw an arm"),
    "no_value": Text(
        zh="预期增量价值 {value} 元，不大于零", en="expected incremental value CNY {value}, not above zero"
    ),
    "lower": Text(
        zh="价值 {value} 元，扣除所占资源的影子价格 {price} 元后低于当晚所选",
        en="worth CNY {value}; less the shadow price of what it uses, CNY {price}, it is below what was chosen",
    ),
    "crowded_out": Text(
        zh="价值 {value} 元，低于所占资源的影子价格 {price} 元（{scarce}），资源用在了更值得的客户上",
        en="worth CNY {value}, below the shadow price of what it uses, CNY {price} ({scarce}): others were worth more",
    ),
    "as_good": Text(
        zh="价值 {value} 元，与当晚所选相当，由抽签、整数取舍或保底决定",
        en="worth CNY {value}, as good as what was done: a lottery, whole numbers or a floor decided",
    ),
}
_MEND: Final[Mapping[State, Text]] = {
    "no_person": Text(zh="为客户指派客户经理", en="a relationship manager is assigned"),
    "not_its_turn": Text(zh="等到 {opens_on}", en="{opens_on} comes"),
    "no_unit": Text(zh="客户归入一个客户经理、家庭或网点", en="the customer belongs to a manager, household or branch"),
    "no_value": Text(zh="预期价值至少提高 {lacks} 元", en="its expected value rises by at least CNY {lacks}"),
    "lower": Text(
        zh="预期价值至少提高 {lacks} 元，或所占资源更充裕",
        en="its expected value rises by at least CNY {lacks}, or what it uses becomes less scarce",
    ),
    "crowded_out": Text(
        zh="预期价值至少提高 {lacks} 元，或增加：{scarce}",
        en="its expected value rises by at least CNY {lacks}, or there is more of: {scarce}",
    ),
}
_ABSENT: Final[Mapping[Absence, tuple[Text, Text]]] = {
    "catalogue": (
        Text(zh="权益或活动不在行内目录", en="its benefit or activity is not in the bank's catalogue"),
        Text(zh="目录补充该权益或活动", en="the catalogue holds it again"),
    ),
    "no_occasion": (
        Text(zh="没有它所回应的线索", en="no lead that it answers"),
        Text(zh="出现它所回应的事件", en="an event that it answers happens"),
    ),
    "audience": (
        Text(zh="不在其客群内", en="the customer is not in its audience"),
        Text(
            zh="客户符合客群条件，或客群放宽并重新批准", en="the customer fits, or the audience is widened and approved"
        ),
    ),
    "ramp": (
        Text(zh="放量尚未轮到", en="its ramp does not let the customer in yet"),
        Text(zh="放量扩大", en="the ramp widens"),
    ),
    "held": (
        Text(zh="同层的其他策略正在观察该客户的结果", en="another strategy of its layer has the customer"),
        Text(zh="等待该策略的观察窗口结束", en="that strategy's outcome window closes"),
    ),
}
_RESOURCES: Final[Mapping[str, Text]] = {
    SEATS: Text(zh="远程坐席", en="remote seats"),
    BUDGET: Text(zh="当日预算", en="the day's budget"),
    "rm": Text(zh="客户经理 {name} 的名额", en="cards of {name}"),
    "volume": Text(zh="{name} 渠道发送量", en="volume of {name}"),
    "strategy": Text(zh="策略 {name} 的每日上限", en="the daily maximum of {name}"),
    "spend": Text(zh="策略 {name} 的预算", en="the budget of {name}"),
    "stock": Text(zh="权益 {name} 的库存", en="pieces of benefit {name}"),
    "branch": Text(zh="网点 {name} 的触达上限", en="contacts for customers of branch {name}"),
    "household": Text(zh="家庭 {name} 的触达上限", en="contacts for household {name}"),
    "places": Text(zh="活动 {name} 的名额", en="places at activity {name}"),
}


def decided(one: Decision) -> Text:
    """Return why a contact was planned, from its row of the ledger."""
    value, price = _yuan(one.value), _yuan(one.price)
    rate, low, high = (f"{number or 0.0:.2%}" for number in (one.uplift, one.uplift_low, one.uplift_high))
    drawn_zh = "" if one.lottery is None else f"；在相当的选择中以 {one.propensity:.0%} 的概率抽中"
    drawn_en = "" if one.lottery is None else f"; drawn with probability {one.propensity:.0%} among what was as good"
    done = _DONE.get(one.disposition, Text(zh=one.disposition, en=one.disposition))
    held = "" if one.held_by is None else f" ({one.held_by})"
    return Text(
        zh=f"预期增量 {rate}（{low} 至 {high}），价值 {value} 元，所占资源的影子价格 {price} 元{drawn_zh}；"
        f"组别 {one.arm}，{done.zh}{held}",
        en=f"expected to add {rate} ({low} to {high}), worth CNY {value} at a shadow price of CNY {price}{drawn_en}; "
        f"arm {one.arm}, {done.en}{held}",
    )


def reason(one: Choice) -> Text:
    """Return what became of a contact."""
    return _filled(_STATES[one.state], one)


def change(one: Choice) -> Text | None:
    """Return what would have to change; None where nothing has to."""
    if one.state == "forbidden":
        remedies = [rule.remedy for rule in one.rules]
        return Text(zh="；".join(text.zh for text in remedies), en="; ".join(text.en for text in remedies))
    words = _MEND.get(one.state)
    return None if words is None else _filled(words, one)


def absence(one: Absent) -> tuple[Text, Text]:
    """Return why a strategy had nothing for the customer, and what would have to change."""
    return _ABSENT[one.why]


def resource(name: str) -> Text:
    """Return a resource in words for people."""
    if name in _RESOURCES:
        return _RESOURCES[name]
    kind, _, own = name.partition(":")
    words = _RESOURCES[kind]
    return Text(zh=words.zh.format(name=own), en=words.en.format(name=own))


def _filled(words: Text, one: Choice) -> Text:
    scarce = [resource(name) for name in sorted(one.scarce, key=lambda name: -one.scarce[name])]
    numbers = {"value": _yuan(one.value), "price": _yuan(one.price), "lacks": _yuan(one.lacks)}
    numbers["opens_on"] = "–" if one.opens_on is None else one.opens_on.isoformat()
    return Text(
        zh=words.zh.format(
            **numbers, rules="、".join(f"{rule.rule_id} {rule.text.zh}" for rule in one.rules),
            scarce="、".join(text.zh for text in scarce),
        ),
        en=words.en.format(
            **numbers, rules="; ".join(f"{rule.rule_id} {rule.text.en}" for rule in one.rules),
            scarce=", ".join(text.en for text in scarce),
        ),
    )  # fmt: skip


def _yuan(fen: int | None) -> str:
    return "–" if fen is None else f"{fen / 100:,.2f}"
