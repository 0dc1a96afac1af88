"""Cards and messages are written from approved words and typed facts, and say what law asks for."""

from dataclasses import replace
from datetime import date

import pytest

from wealthloop.delivery.compose import ComposeInput, compose, compose_message, dumped
from wealthloop.delivery.content import Bilingual, CardContent, Estimate, Offer, Sourced
from wealthloop.delivery.types import hash_of
from wealthloop.errors import DocumentError, InvalidInput
from wealthloop.strategies.load import shipped

BY_ID = {document.id: document for document in shipped()}
MATURING = ComposeInput(
    document=BY_ID["maturity-care"],
    trigger="deposit_maturing",
    evidence={"product_name": "三年期定存", "balance_fen": 50_000_000, "matures_on": "2026-11-28"},
    expires_on=date(2026, 11, 28),
    masked_name="王*明",
    tier="wealth",
    lifecycle="mature",
    life_stage="young_children",
    risk_level="C3",
    risk_valid_until=date(2027, 1, 14),
    offer=Offer(product_id="P1", name="固收+ 90 天", category="fixed_income_plus_wm", rating="R2"),
    reasons=(Sourced(text=Bilingual(zh="近 7 天看过 3 次", en="Looked three times"), source="model:response"),),
    value=Estimate(mean=124_000, low=31_000, high=218_000),
    available_now=12_000_000,
    overdraft_room=5_000_000,
)
IDLE = replace(
    MATURING,
    document=BY_ID["idle-salary"],
    trigger="salary_idle",
    evidence={"salary_fen": 1_850_000, "arrived_on": "2026-11-10", "spent_since_fen": 10_000, "demand_fen": 6_200_000},
)


def test_a_card_says_why_now_in_both_languages_with_its_source() -> None:
    card = compose(MATURING)
    trigger, reason = card.why_now
    assert "50.0 万" in trigger.text.zh
    assert "11 月 28 日" in trigger.text.zh
    assert "500 k" in trigger.text.en
    assert "28 Nov" in trigger.text.en
    assert (trigger.source, reason.source) == ("trigger:deposit_maturing", "model:response")


def test_a_card_names_the_product_in_what_to_do_and_what_to_say() -> None:
    card = compose(MATURING)
    for sentence in (card.action, card.talk_track):
        assert "固收+ 90 天" in sentence.zh
        assert "固收+ 90 天" in sentence.en
    assert "保本" in card.do_not_say.zh


def test_credit_never_enters_the_words_of_a_card() -> None:
    with_room, without = compose(MATURING), compose(replace(MATURING, overdraft_room=None))
    assert with_room.overdraft_room == 5_000_000
    for part in ("why_now", "action", "talk_track", "value", "offer"):
        assert getattr(with_room, part) == getattr(without, part)


def test_what_is_not_known_is_named_once() -> None:
    assert compose(MATURING).missing == ()
    level = Bilingual(zh="风险测评等级", en="risk level")
    consent = Bilingual(zh="营销同意", en="consent to marketing")
    bare = replace(MATURING, risk_level=None, value=None, contactable=False, missing=(level, consent))
    card = compose(bare)
    assert [words.en for words in card.missing] == ["risk level", "expected incremental value", "consent to marketing"]
    assert not card.contactable


def test_a_card_without_an_offer_still_reads_as_a_sentence() -> None:
    card = compose(replace(MATURING, offer=None))
    assert "{" not in card.action.zh + card.action.en + card.talk_track.zh + card.talk_track.en


def test_i14_a_card_survives_its_way_through_json_and_has_one_digest() -> None:
    content = dumped(compose(MATURING))
    assert CardContent.model_validate(content) == compose(MATURING)
    assert hash_of(content) == hash_of(dumped(compose(MATURING)))
    assert hash_of(content) != hash_of(dumped(compose(replace(MATURING, available_now=1))))


def test_a_fact_that_the_words_need_and_the_lead_lacks_is_named() -> None:
    with pytest.raises(DocumentError, match="matures_on"):
        compose(replace(MATURING, evidence={"product_name": "x", "balance_fen": 1}))


def test_a_trigger_without_a_sentence_is_refused() -> None:
    with pytest.raises(InvalidInput, match="trigger == near_tier"):
        compose(replace(MATURING, trigger="near_tier"))


def test_i18_a_text_message_names_its_sender_and_an_opt_out() -> None:
    text = compose_message(IDLE, channel="sms", sender="示范银行").text
    for words, opt_out in ((text.zh, "拒收请回复R"), (text.en, "Reply R to opt out")):
        assert words.startswith("【示范银行】")
        assert words.endswith(opt_out)


def test_i18_a_machines_call_says_first_that_a_machine_speaks() -> None:
    text = compose_message(IDLE, channel="ai_call", sender="示范银行").text
    assert text.zh.startswith("我是智能语音助手")
    assert text.en.startswith("I am an automated assistant")


def test_a_push_carries_the_approved_message_and_no_name() -> None:
    content = compose_message(IDLE, channel="app_push", sender="示范银行")
    assert content.text.zh == IDLE.document.card.zh.message.format(product="固收+ 90 天")  # type: ignore[union-attr]
    assert "王" not in str(dumped(content))
    assert content.texts == (content.text.zh, content.text.en)


def test_a_remote_agent_gets_the_talk_track() -> None:
    assert compose_message(MATURING, channel="remote_agent", sender="示范银行").text == compose(MATURING).talk_track


@pytest.mark.parametrize(
    ("given", "channel", "sender"), [(IDLE, "rm", "示范银行"), (IDLE, "sms", " "), (MATURING, "sms", "示范银行")]
)
def test_a_message_needs_a_channel_a_sender_and_approved_words(given: ComposeInput, channel: str, sender: str) -> None:
    with pytest.raises(InvalidInput, match=r"must be a channel|has no message"):
        compose_message(given, channel=channel, sender=sender)


def test_each_arms_words_name_its_own_incentive_and_an_arm_without_one_says_nothing() -> None:
    plain = BY_ID["idle-salary"]
    words = {"incentive": "Who opens one gets CNY {yuan}.", "message": "Salary. {incentive} Look at {product}."}
    script = plain.card.en.model_copy(update=words)
    document = plain.model_copy(update={"card": plain.card.model_copy(update={"en": script})})
    texts = [
        compose_message(replace(IDLE, document=document, incentive=fen), channel="app_push", sender="B").text.en
        for fen in (0, 2000, 120_000)
    ]
    assert texts == [
        "Salary. Look at 固收+ 90 天.",
        "Salary. Who opens one gets CNY 20. Look at 固收+ 90 天.",
        "Salary. Who opens one gets CNY 1,200. Look at 固收+ 90 天.",
    ]
