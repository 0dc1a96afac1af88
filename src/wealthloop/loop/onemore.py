"""What one more of each thing would have been worth on a night, in the words of the bank's business."""

from dataclasses import dataclass
from typing import Final

from wealthloop import ledger
from wealthloop.delivery.content import Bilingual
from wealthloop.kit import Home

_ONE: Final[dict[str, tuple[str, str]]] = {
    "rm": ("客户经理 {who} 多一张卡片", "One more card on the desk of relationship manager {who}"),
    "seat": ("远程坐席多打一通电话", "One more call by a remote seat"),
    "volume": ("多发一条{channel}", "One more {channel} contact"),
    "strategy": ("策略 {who} 当日上限多一次触达", "One more contact within the daily maximum of {who}"),
    "budget": ("当日预算多一元", "One more yuan of the day's budget"),
    "spend": ("策略 {who} 的预算多一元", "One more yuan of the budget of {who}"),
    "stock": ("权益 {who} 多一份", "One more piece of benefit {who}"),
    "branch": ("网点 {who} 的客户多一次触达", "One more contact for a customer of branch {who}"),
    "household": ("家庭 {who} 多一次触达", "One more contact for household {who}"),
    "places": ("活动 {who} 多一个名额", "One more place at activity {who}"),
}
"""By the first word of a resource's name."""
_IN_YUAN: Final = frozenset({"budget", "spend"})
"""What is counted by the fen."""
_CHANNELS: Final[dict[str, tuple[str, str]]] = {
    "app_push": ("App 推送", "app push"), "sms": ("短信", "SMS"), "wechat": ("微信消息", "WeChat"),
    "wecom": ("企业微信消息", "WeCom"), "ai_call": ("智能外呼", "AI call"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class OneMore:
    """One resource of a night."""

    resource: str
    capacity: int
    used: int
    worth: float
    """Fen of what the plan counts that one more card, call, message, contact or yuan would have added; about."""
    said: Bilingual

    @property
    def kind(self) -> str:
        """The first word of the resource's name, such as rm or volume."""
        return self.resource.partition(":")[0]


def one_more(home: Home, run_id: str) -> tuple[OneMore, ...]:
    """Return every resource of a night, the dearest of each kind first.

    Raises:
        NotFound: the run has no prices written.
    """
    kinds = list(_ONE)
    rows = ledger.read_prices(home, run_id).to_pylist()
    found = [_one(row["resource"], row["capacity"], row["used"], row["price"]) for row in rows]
    return tuple(sorted(found, key=lambda one: (kinds.index(one.kind), -one.worth, one.resource)))


def _one(resource: str, capacity: int, used: int, price: float) -> OneMore:
    kind, _, who = resource.partition(":")
    worth = price * 100 if kind in _IN_YUAN else price
    return OneMore(resource=resource, capacity=capacity, used=used, worth=worth, said=_said(kind, who, worth))


def _said(kind: str, who: str, worth: float) -> Bilingual:
    zh_channel, en_channel = _CHANNELS.get(who, (who, who))
    zh, en = _ONE[kind]
    zh, en = zh.format(who=who, channel=zh_channel), en.format(who=who, channel=en_channel)
    yuan = f"{worth / 100:,.2f}"
    if yuan == "0.00":
        return Bilingual(
            zh=f"{zh}，不会多增价值：并不紧缺", en=f"{en} would have added nothing: there was enough"
        )  # fmt: skip
    return Bilingual(
        zh=f"{zh}，约可多增 {yuan} 元预期价值", en=f"{en} would have added about {yuan} yuan of expected value"
    )
