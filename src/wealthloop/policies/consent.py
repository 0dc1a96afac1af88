"""Consent, refusal and address: may this customer be reached on this channel at all.

Source: PIPL art. 13, 15, 24; 消费者权益保护法实施条例 2024; 通信短信息服务管理规定 2015.
"""

from datetime import datetime
from typing import Literal

from wealthloop.policies.finding import Finding, Parameters, missing, no, yes
from wealthloop.policies.types import EVERY_CHANNEL, Action, Consent, Facts


class AddressParameters(Parameters):
    """Which address each channel needs: any one of the listed identities."""

    needs: dict[str, frozenset[str]]


def marketing(facts: Facts, action: Action, now: datetime, parameters: Parameters) -> Finding:  # noqa: ARG001
    """No commercial message or call without consent."""
    if not action.carries_offer:
        return yes("服务消息", "a service message")
    return _asked(facts, "marketing", action.channel, now, zh="营销同意", en="marketing")


def personalisation(facts: Facts, action: Action, now: datetime, parameters: Parameters) -> Finding:  # noqa: ARG001
    """With personalisation off, no score and no customer data may choose the content."""
    if not action.personalised:
        return yes("非个性化内容", "content that is not personal")
    return _asked(facts, "personalisation", action.channel, now, zh="个性化推荐同意", en="personalisation")


def opt_out(facts: Facts, action: Action, now: datetime, parameters: Parameters) -> Finding:  # noqa: ARG001
    """A refusal stops at once whatever is queued, and no import lifts it."""
    if facts.opt_outs is None:
        return missing("退订名单", "the list of refusals")
    if facts.opt_outs & {action.channel, EVERY_CHANNEL}:
        return no("客户已退订", "the customer opted out", channel=action.channel)
    return yes("未退订", "not opted out", channel=action.channel)


def address(facts: Facts, action: Action, now: datetime, parameters: AddressParameters) -> Finding:  # noqa: ARG001
    """A channel of messages needs an address that the customer has bound."""
    needed = parameters.needs.get(action.channel)
    if needed is None:
        return yes("由人员联系，无需绑定", "contacted by a person, no address needed", channel=action.channel)
    if facts.bound is None:
        return missing("渠道绑定", "the customer's addresses")
    if not facts.bound & needed:
        return no("客户未绑定该渠道", "the customer has no address on this channel", channel=action.channel)
    return yes("已绑定", "address known", channel=action.channel)


def granted(consents: tuple[Consent, ...], purpose: str, channel: str, now: datetime) -> Consent | None:
    """Return the record that decides; None without any.

    The newest record for the channel and the newest for all channels each speak. A refusal wins over a grant,
    unless the grant is for this very channel and later. At the same instant a refusal wins.
    """
    special = _newest(consents, purpose, channel, now)
    general = _newest(consents, purpose, EVERY_CHANNEL, now)
    if special is None or general is None:
        return special or general
    if not special.granted:
        return special
    return general if not general.granted and general.at >= special.at else special


def _newest(consents: tuple[Consent, ...], purpose: str, channel: str, now: datetime) -> Consent | None:
    records = [c for c in consents if c.purpose == purpose and c.channel == channel and c.at <= now]
    return max(records, key=lambda record: (record.at, not record.granted), default=None)


def _asked(
    facts: Facts, purpose: Literal["marketing", "personalisation"], channel: str, now: datetime, *, zh: str, en: str
) -> Finding:
    record = granted(facts.consents or (), purpose, channel, now)
    if record is None:
        return missing(f"{zh}记录", f"no {en} consent record")
    if not record.granted:
        return no(f"客户拒绝{zh.removesuffix('同意')}", f"the customer refused {en}", at=record.at.isoformat())
    return yes(f"{zh}有效", f"{en} consent held", at=record.at.isoformat())
