"""What must and must not stand in the words that leave (I18), and how to make words that pass."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from wealthloop.policies.finding import Finding, Parameters, Stricter, missing, no, yes
from wealthloop.policies.types import Action, Facts

_OPT_OUT = {"zh-hans": "拒收请回复R", "en": "Reply R to opt out"}
_MACHINE = {"zh-hans": "我是智能语音助手", "en": "I am an automated assistant"}
_HANDS_OVER = {"zh-hans": "如需人工服务请说转人工。", "en": "Say agent to speak to a person."}
_PERCENT = re.compile(r"\d+(?:\.\d+)?\s*[%％]")


class SmsParameters(Parameters):
    """The marks that a text message needs; any one of the opt-out phrases."""

    channels: Annotated[frozenset[str], Stricter.MORE]
    signature_begins: Annotated[str, Stricter.SAME]
    signature_ends: Annotated[str, Stricter.SAME]
    opt_out: Annotated[tuple[str, ...], Stricter.FEWER]


class SaysParameters(Parameters):
    """What a text says, on which channels; any one of the phrases."""

    channels: Annotated[frozenset[str], Stricter.MORE]
    says: Annotated[tuple[str, ...], Stricter.FEWER]


class WordParameters(Parameters):
    """Words that marketing never uses; case is ignored."""

    channels: Annotated[frozenset[str], Stricter.MORE]
    forbidden: Annotated[tuple[str, ...], Stricter.MORE]


class OnlineParameters(Parameters):
    """The channels of online content."""

    channels: Annotated[frozenset[str], Stricter.MORE]


def sms_text(sender: str, body: str, language: str) -> str:
    """Return a text message with its sender's signature and its opt-out.

    Example:
        >>> sms_text("示范银行", "您的定存即将到期。", "zh-hans")
        '【示范银行】您的定存即将到期。拒收请回复R'
    """
    gap = "" if language == "zh-hans" else " "
    return f"【{sender}】{body}{gap}{_OPT_OUT[language]}"


def ai_call_text(sender: str, body: str, language: str) -> str:
    """Return the script of a machine's call, which says first what is calling and last how to reach a person.

    Example:
        >>> ai_call_text("示范银行", "您的定存即将到期。", "zh-hans")
        '我是智能语音助手，来自示范银行。您的定存即将到期。如需人工服务请说转人工。'
    """
    opening, ending = _MACHINE[language], _HANDS_OVER[language]
    if language == "zh-hans":
        return f"{opening}，来自{sender}。{body}{ending}"
    return f"{opening} of {sender}. {body} {ending}"


def forbidden_words(text: str, words: Iterable[str]) -> tuple[str, ...]:
    """Return the forbidden words that stand in a text, in their given order."""
    lowered = text.casefold()
    return tuple(word for word in words if word.casefold() in lowered)


def sms_form(facts: Facts, action: Action, now: datetime, parameters: SmsParameters) -> Finding:  # noqa: ARG001
    """A text message names its sender and says how to opt out."""
    if action.channel not in parameters.channels:
        return yes("非短信", "no text message", channel=action.channel)
    if not action.texts:
        return missing("短信内容", "the words of the message")
    for text in action.texts:
        signed = text.startswith(parameters.signature_begins) and parameters.signature_ends in text[2:]
        if not signed:
            return no("短信缺少签名", "the message does not name its sender")
        if not forbidden_words(text, parameters.opt_out):
            return no("短信缺少退订方式", "the message does not say how to opt out")
    return yes("含签名与退订方式", "names its sender and an opt-out")


def machine_says_so(facts: Facts, action: Action, now: datetime, parameters: SaysParameters) -> Finding:  # noqa: ARG001
    """A machine that calls says that it is one."""
    if action.channel not in parameters.channels:
        return yes("非智能外呼", "no call by a machine", channel=action.channel)
    if not action.texts:
        return missing("外呼话术", "the words of the call")
    if not _all_say(action.texts, parameters.says):
        return no("未表明智能语音身份", "the call does not say that a machine speaks")
    return yes("已表明智能语音身份", "the call says that a machine speaks")


def hands_over(facts: Facts, action: Action, now: datetime, parameters: SaysParameters) -> Finding:  # noqa: ARG001
    """A machine that calls says how to reach a person."""
    if action.channel not in parameters.channels:
        return yes("非智能外呼", "no call by a machine", channel=action.channel)
    if not action.texts:
        return missing("外呼话术", "the words of the call")
    if not _all_say(action.texts, parameters.says):
        return no("未说明如何转人工", "the call does not say how to reach a person")
    return yes("已说明如何转人工", "the call says how to reach a person")


def marketing_words(facts: Facts, action: Action, now: datetime, parameters: WordParameters) -> Finding:  # noqa: ARG001
    """No hint of a guarantee and none of the words that the rules name."""
    if action.channel not in parameters.channels:
        return yes("非线上内容", "no online content", channel=action.channel)
    if not action.texts:
        return missing("发送内容", "the words of the message")
    found = [word for text in action.texts for word in forbidden_words(text, parameters.forbidden)]
    if found:
        return no(f"含禁用词：{'、'.join(found)}", f"forbidden words: {', '.join(found)}", words=",".join(found))
    return yes("无禁用词", "no forbidden words")


def figures_of_contract(facts: Facts, action: Action, now: datetime, parameters: OnlineParameters) -> Finding:  # noqa: ARG001
    """Online content that offers a product names no percentage but those of its contract."""
    if action.product is None or action.channel not in parameters.channels:
        return yes("非线上产品内容", "no online content of a product", channel=action.channel)
    if not action.texts:
        return missing("发送内容", "the words of the message")
    named = {_bare(figure) for text in action.texts for figure in _PERCENT.findall(text)}
    if not named:
        return yes("未写明比例数字", "no percentage is named")
    if action.product.contract_figures is None:
        return missing("产品合同所载数字", "the figures of the product's contract")
    strange = sorted(named - {_bare(figure) for figure in action.product.contract_figures})
    if strange:
        return no(f"与合同不符的数字：{'、'.join(strange)}", f"not in the contract: {', '.join(strange)}",
                  figures=",".join(strange))  # fmt: skip
    return yes("数字与合同一致", "its figures are those of the contract")


def _bare(figure: str) -> str:
    """Return a percentage as it is compared: without gaps, with the half-width sign."""
    return re.sub(r"\s", "", figure).replace("％", "%")


def _all_say(texts: tuple[str, ...], phrases: tuple[str, ...]) -> bool:
    return all(forbidden_words(text, phrases) for text in texts)
