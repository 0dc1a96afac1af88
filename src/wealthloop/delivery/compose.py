"""Writes strategy cards and messages from approved words and typed facts. Pure: equal inputs, equal contents."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from wealthloop.delivery.content import (
    Activity,
    Benefit,
    Bilingual,
    CardContent,
    Estimate,
    MessageContent,
    Offer,
    Sourced,
    VerdictLine,
)
from wealthloop.errors import InvalidInput
from wealthloop.kit.money import Language
from wealthloop.policies.wording import ai_call_text, sms_text
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.evidence import shown
from wealthloop.strategies.parts import MESSAGE_CHANNELS, Script
from wealthloop.strategies.wording import INCENTIVE, PRODUCT, YUAN, fill

_GAP: Final = re.compile(" {2,}")
_NO_PRODUCT: Final = Bilingual(zh="适合您的产品", en="what suits you")
_MAY_BE_MISSING: Final[tuple[tuple[str, Bilingual], ...]] = (
    ("risk_level", Bilingual(zh="风险测评等级", en="risk level")),
    ("available_now", Bilingual(zh="可动用资金", en="available funds")),
    ("overdraft_room", Bilingual(zh="可透支资金", en="overdraft room")),
    ("value", Bilingual(zh="预期增量价值", en="expected incremental value")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeInput:
    """Everything that a card or a message is written from. Money is in fen; None means not known."""

    document: Strategy
    """The approved document whose words are used."""
    trigger: str
    evidence: Mapping[str, int | str | float]
    """The lead's evidence."""
    expires_on: date
    masked_name: str
    tier: str
    lifecycle: str
    life_stage: str
    offer: Offer | None
    risk_level: str | None = None
    risk_valid_until: date | None = None
    reasons: tuple[Sourced, ...] = ()
    """The models' own reasons, shown after the trigger's."""
    alternatives: tuple[Offer, ...] = ()
    value: Estimate | None = None
    p_contact: float | None = None
    p_no_contact: float | None = None
    available_now: int | None = None
    available_7d: int | None = None
    available_30d: int | None = None
    overdraft_room: int | None = None
    """Shown apart; it never enters the offer, the value or the words (credit is not for investing)."""
    verdicts: tuple[VerdictLine, ...] = ()
    benefit: Benefit | None = None
    incentive: int = 0
    """What the customer's arm gets for a success, fen."""
    activity: Activity | None = None
    contactable: bool = True
    """False: a preview that nobody may act on, with the missing facts named."""
    demonstration: bool = False
    missing: tuple[Bilingual, ...] = field(default=())
    """Names of missing facts beside those that the card itself shows as unknown."""


def compose(given: ComposeInput) -> CardContent:
    """Return the card of a lead.

    Raises:
        DocumentError: the approved words need a fact that the evidence does not hold.
        InvalidInput: the document has no sentence for the trigger.
    """
    return CardContent(
        masked_name=given.masked_name,
        tier=given.tier,
        lifecycle=given.lifecycle,
        life_stage=given.life_stage,
        risk_level=given.risk_level,
        risk_valid_until=given.risk_valid_until,
        trigger=given.trigger,
        strategy_id=given.document.id,
        strategy_name=Bilingual(zh=given.document.name.zh, en=given.document.name.en),
        why_now=(Sourced(text=why_now(given), source=f"trigger:{given.trigger}"), *given.reasons),
        offer=given.offer,
        alternatives=given.alternatives,
        action=_said(given, lambda script: script.action),
        value=given.value,
        p_contact=given.p_contact,
        p_no_contact=given.p_no_contact,
        available_now=given.available_now,
        available_7d=given.available_7d,
        available_30d=given.available_30d,
        overdraft_room=given.overdraft_room,
        verdicts=given.verdicts,
        talk_track=_said(given, lambda script: script.talk_track),
        do_not_say=_do_not_say(given.document),
        benefit=given.benefit,
        activity=given.activity,
        expires_on=given.expires_on,
        contactable=given.contactable,
        demonstration=given.demonstration,
        missing=_missing(given),
    )


def compose_message(given: ComposeInput, *, channel: str, sender: str) -> MessageContent:
    """Return what leaves on a channel other than a card.

    A text message is signed and says how to opt out; a machine's call says first that a machine speaks (I18). A
    remote agent is a person and gets the talk track.

    Args:
        given: the facts and the approved words.
        channel: any channel but ``rm``.
        sender: the bank's name.

    Raises:
        DocumentError: the approved words need a fact that the evidence does not hold.
        InvalidInput: the channel is ``rm``, the sender has no name, or the document has no message.
    """
    if channel == "rm" or not sender.strip():
        raise InvalidInput(f"channel == {channel}, sender == {sender!r}, must be a channel of messages and a name")
    body = _said(given, _message if channel in MESSAGE_CHANNELS else lambda script: script.talk_track)
    return MessageContent(
        channel=channel,
        strategy_id=given.document.id,
        trigger=given.trigger,
        text=Bilingual(zh=_framed(channel, sender, body.zh, "zh-hans"), en=_framed(channel, sender, body.en, "en")),
        sender=sender,
        expires_on=given.expires_on,
    )


def dumped(content: CardContent | MessageContent) -> dict[str, Any]:
    """Return a content as plain JSON values, as an intent carries it; ``types.hash_of`` names it."""
    return content.model_dump(mode="json")


def why_now(given: ComposeInput) -> Bilingual:
    """Return the trigger's sentence with its evidence filled in.

    Raises:
        DocumentError: the sentence needs a fact that the evidence does not hold.
        InvalidInput: the document has no sentence for the trigger.
    """
    if given.trigger not in given.document.occasions:
        raise InvalidInput(f"trigger == {given.trigger}, must be one of {given.document.occasions}")
    return _said(given, lambda script: next(text for name, text in script.why_now.items() if name == given.trigger))


def _said(given: ComposeInput, pick: Callable[[Script], str]) -> Bilingual:
    card = given.document.card
    zh, en = fill(pick(card.zh), _words(given, "zh-hans")), fill(pick(card.en), _words(given, "en"))
    return Bilingual(zh=_closed_up(zh), en=_closed_up(en))


def _closed_up(text: str) -> str:
    """Return a text without the gap of a sentence that was left out."""
    return _GAP.sub(" ", text).strip()


def _words(given: ComposeInput, language: Language) -> dict[str, str]:
    nothing = _NO_PRODUCT.zh if language == "zh-hans" else _NO_PRODUCT.en
    product = given.offer.name if given.offer else nothing
    return {**shown(given.evidence, language), PRODUCT: product, INCENTIVE: _incentive(given, language)}


def _incentive(given: ComposeInput, language: Language) -> str:
    """Return the sentence that names the arm's incentive; empty where it gets none."""
    sentence = given.document.card.script(language).incentive
    return fill(sentence, {YUAN: f"{given.incentive // 100:,}"}) if sentence and given.incentive else ""


def _message(script: Script) -> str:
    if script.message is None:
        raise InvalidInput("the strategy document has no message, a channel of messages needs one")
    return script.message


def _framed(channel: str, sender: str, body: str, language: Language) -> str:
    if channel == "sms":
        return sms_text(sender, body, language)
    if channel == "ai_call":
        return ai_call_text(sender, body, language)
    return body


def _do_not_say(document: Strategy) -> Bilingual:
    return Bilingual(zh="；".join(document.card.zh.do_not_say), en="; ".join(document.card.en.do_not_say))


def _missing(given: ComposeInput) -> tuple[Bilingual, ...]:
    unknown = [words for name, words in _MAY_BE_MISSING if getattr(given, name) is None]
    return (*unknown, *(words for words in given.missing if words not in unknown))
