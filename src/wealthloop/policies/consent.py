"""Consent, refusal and address: may this customer be reached on this channel at all.

Source: PIPL art. 13, 15, 24; 消费者权益保护法实施条例 2024; 通信短信息服务管理规定 2015.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from wealthloop.kit import months_after
from wealthloop.policies.finding import Finding, Parameters, Stricter, missing, no, yes
from wealthloop.policies.types import EVERY_CHANNEL, Action, Consent, Facts


class AddressParameters(Parameters):
    """Which address each channel needs: any one of the listed identities."""

    needs: Annotated[dict[str, frozenset[str]], Stricter.FEWER]


class RestParameters(Parameters):
    """For how long calls rest after a refusal, and what is a call."""

    channels: Annotated[frozenset[str], Stricter.MORE] = Field(min_length=1)
    months: Annotated[int, Stricter.HIGHER] = Field(ge=1, le=120)


class ProofParameters(Parameters):
    """On which channels a consent is proved, and for how long the proof is kept."""

    channels: Annotated[frozenset[str], Stricter.MORE] = Field(min_length=1)
    months: Annotated[int, Stricter.HIGHER] = Field(ge=1, le=120)


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


def calls_rest(facts: Facts, action: Action, now: datetime, parameters: RestParameters) -> Finding:
    """Who has refused calls is not called for some months, whatever was agreed to since.

    A refusal that nothing newer lifts is the business of ``marketing``.
    """
    if not action.carries_offer or action.channel not in parameters.channels:
        return yes("非营销电话", "no commercial call", channel=action.channel)
    if facts.consents is None:
        return missing("营销同意记录", "the consent records")
    held = granted(facts.consents, "marketing", action.channel, now)
    if held is None or not held.granted:
        return yes("无新的同意", "no consent that is newer than a refusal")
    refused = _refused(facts.consents, parameters.channels | {EVERY_CHANNEL}, now)
    rests_until = None if refused is None else months_after(facts.day(refused.at), parameters.months)
    if rests_until is not None and facts.day(now) < rests_until:
        return no(f"客户拒绝过电话营销，{rests_until} 前不拨打",
                  f"the customer refused calls: none before {rests_until}", rests_until=rests_until)  # fmt: skip
    return yes("近期未拒绝电话营销", "no refusal of calls of late")


def consent_proof(facts: Facts, action: Action, now: datetime, parameters: ProofParameters) -> Finding:
    """A commercial message leaves with the proof of the consent under which it was planned, kept for some months."""
    if not action.carries_offer or action.channel not in parameters.channels:
        return yes("该渠道无需留存同意凭证", "no proof of consent is kept for this channel", channel=action.channel)
    if action.consent_on_file is None:
        return missing("同意凭证", "whether a proof of consent is on file")
    if not action.consent_on_file:
        return no("无同意凭证", "no proof of consent is on file")
    kept = months_after(facts.day(now), parameters.months)
    return yes(f"同意凭证保存至 {kept}", f"the proof of consent is kept until {kept}", kept_until=kept)


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
    return general if not general.granted and general.at >= special.at else special


def _refused(consents: tuple[Consent, ...], channels: frozenset[str], now: datetime) -> Consent | None:
    """Return the newest refusal of marketing on some channels."""
    records = [
        one for one in consents
        if one.purpose == "marketing" and one.channel in channels and not one.granted and one.at <= now
    ]  # fmt: skip
    return max(records, key=lambda record: record.at, default=None)


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
