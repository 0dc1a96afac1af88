"""What must and must not stand in the words that leave (I18), and how to make words that pass."""

from collections.abc import Iterable
from datetime import datetime

from wealthloop.policies.finding import Finding, Parameters, missing, no, yes
from wealthloop.policies.types import Action, Facts

_OPT_OUT = {"zh-hans": "拒收请回复R", "en": "Reply R to opt out"}
_MACHINE = {"zh-hans": "我是智能语音助手", "en": "I am an automated assistant"}


class SmsParameters(Parameters):
    """The marks that a text message needs; any one of the opt-out phrases."""

    channels: frozenset[str]
    signature_begins: str
    signature_ends: str
    opt_out: tuple[str, ...]


class MachineParameters(Parameters):
    """How a call says that it is made by a machine; any one of the phrases."""

    channels: frozenset[str]
    says: tuple[str, ...]


class WordParameters(Parameters):
    """Words that marketing never uses; case is ignored."""

    channels: frozenset[str]
    forbidden: tuple[str, ...]


def sms_text(sender: str, body: str, language: str) -> str:
    """Return a text message with its sender's signature and its opt-out.

    Example:
        >>> sms_text("示范银行", "您的定存即将到期。", "zh-hans")
        '【示范银行】您的定存即将到期。拒收请回复R'
    """
    gap = "" if language == "zh-hans" else " "
    return f"【{sender}】{body}{gap}{_OPT_OUT[language]}"


def ai_call_text(sender: str, body: str, language: str) -> str:
    """Return the script of a machine's call, which says first what is calling.

    Example:
        >>> ai_call_text("示范银行", "您的定存即将到期。", "zh-hans")
        '我是智能语音助手，来自示范银行。您的定存即将到期。'
    """
    opening = _MACHINE[language]
    return f"{opening},来自{sender}。{body}" if language == "zh-hans" else f"{opening} of {sender}. {body}"


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


def machine_says_so(facts: Facts, action: Action, now: datetime, parameters: MachineParameters) -> Finding:  # noqa: ARG001
    """A machine that calls says that it is one."""
    if action.channel not in parameters.channels:
        return yes("非智能外呼", "no call by a machine", channel=action.channel)
    if not action.texts:
        return missing("外呼话术", "the words of the call")
    if not all(forbidden_words(text, parameters.says) for text in action.texts):
        return no("未表明智能语音身份", "the call does not say that a machine speaks")
    return yes("已表明智能语音身份", "the call says that a machine speaks")


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
