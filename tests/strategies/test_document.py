"""A strategy document is whole, or what is missing is named with its path and line."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from wealthloop.bank.contract import CHANNELS
from wealthloop.errors import DocumentError
from wealthloop.leads import triggers
from wealthloop.policies.pack import load_pack
from wealthloop.scoring.specs import SPECS
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.evidence import EVIDENCE, shown
from wealthloop.strategies.load import LIBRARY, content_hash, judge, load_strategy, parse_strategy, shipped, starting
from wealthloop.strategies.parts import SCHEDULED
from wealthloop.strategies.wording import fill, placeholders

TEXT = (LIBRARY / "idle-salary.yaml").read_text(encoding="utf-8")
GOOD: dict[str, Any] = yaml.safe_load(TEXT)


def changed(path: str, value: object) -> dict[str, Any]:
    """Return the good document with the part at a dotted path replaced, or taken out by ``...``."""
    document = copy.deepcopy(GOOD)
    part: Any = document
    *way, last = path.split(".")
    for step in way:
        part = part[int(step) if isinstance(part, list) else step]
    key = int(last) if isinstance(part, list) else last
    if value is ...:
        del part[key]
    else:
        part[key] = value
    return document


def test_the_demonstration_begins_with_three_strategies_that_answer_seven_triggers_on_every_channel() -> None:
    assert [one.id for one in starting()] == ["idle-salary", "maturity-care", "stay-close"]
    assert {trigger for one in starting() for trigger in one.triggers} == {one.name for one in triggers.TRIGGERS}
    assert {channel for one in starting() for channel in one.plan_channels} == set(CHANNELS)
    assert {one.model_id for one in starting()} <= {spec.model_id for spec in SPECS}


def test_names_of_a_region_are_taken_and_a_model_of_an_audience_counts_as_used() -> None:
    own = "churn/aum_half/30d/wealth_region_0a1b2c3d"
    document = parse_strategy(changed("audience.scores", [{"model_id": own, "at_least": 0.1}]))
    assert document.model_ids == (document.model_id, own)
    with pytest.raises(DocumentError, match="is not known as a declared model"):
        parse_strategy(changed("audience.scores", [{"model_id": own[:-1] + "x", "at_least": 0.1}]))


def test_a_wrong_name_is_told_with_its_line() -> None:
    text = TEXT.replace("  horizon: now\n", "  horizon: now\n  tags:\n    - {tag: tiers, states: [mass]}\n")
    line = text.splitlines().index("    - {tag: tiers, states: [mass]}") + 1
    with pytest.raises(DocumentError, match=rf":{line}: audience.tags.0.tag: tiers is not known as a tag; .*tier\?"):
        load_strategy(text)


def test_sentences_of_a_schedule_may_name_its_facts_alone() -> None:
    given = changed("schedule", {"every": "year", "on": "2027-01-01", "lasts_days": 20})
    for language in ("zh", "en"):
        given["card"][language]["why_now"] = {"scheduled": "{demand_fen} {aum_fen} {tier} {on}"}
    given["triggers"] = []
    assert parse_strategy(given).occasions == ("scheduled",)
    given["card"]["en"]["why_now"]["scheduled"] = "{salary_fen}"
    with pytest.raises(DocumentError, match=r"card.en.why_now.scheduled: placeholder \{salary_fen\} is not known"):
        parse_strategy(given)


def test_evidence_that_sentences_may_name_is_what_leads_carry() -> None:
    assert set(EVIDENCE) == {SCHEDULED, *(rule.name for rule in triggers.RULES)}
    assert EVIDENCE["large_inflow"] >= {"amount_fen", "largest_fen", "transactions", "on"}
    assert EVIDENCE["deposit_maturing"] >= {"balance_fen", "matures_on", "product_name"}
    assert EVIDENCE["near_tier"] >= {"aum_average_fen", "next_tier", "floor_fen", "short_of_fen", "tier"}


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("success", ..., "success: a strategy needs a success criterion"),
        ("arms", ..., "arms: a strategy needs arms with a control"),
        (
            "model_id",
            "response/welth_management/30d",
            "model_id: response/welth_management/30d is not known",
        ),
        (
            "audience.features",
            [{"feature": "agee", "at_least": 1}],
            "features.0.feature: agee is not known",
        ),
        ("audience.features", [{"feature": "age"}], "audience.features.0: at_least: one of"),
        ("audience.scores", [{"model_id": "churn/aum_halve/30d", "at_least": 0.1}], "did you mean churn/aum_half/30d?"),
        ("audience.tags", [{"tag": "rfn", "states": ["value"]}], "audience.tags.0.tag: rfn is not known as a tag; did"),
        ("audience.without_tags", [{"tag": "rfm", "states": ["valu"]}], "without_tags.0.states.0: valu is not known"),
        ("audience.tags", [{"tag": "rfm", "states": ["zzz"]}], "must be one of develop, keep"),
        ("schedule", {"every": "week", "on": "2026-11-02", "lasts_days": 9}, "card.zh.why_now: must have one sentence"),
        ("arms.1.control", False, "arms: a strategy needs a control arm"),
        ("arms.0.control", True, "arms: controls == 2"),
        ("arms.0.share", 0.7, "arms: sum of shares"),
        ("arms", [{"name": "control", "share": 0.5, "control": True}], "arms: "),
        ("id", "No Spaces", "id: "),
        ("surprise", 1, "surprise: Extra inputs"),
        ("triggers", ["full_moon"], "triggers.0: "),
        ("triggers", ["salary_idle", "salary_idle"], "triggers: salary_idle stands twice"),
        ("triggers", ["salary_idle", "near_tier"], "card.zh.why_now: must have one sentence"),
        ("audience.tiers", ["royal"], "audience.tiers.0: "),
        ("audience.tiers", [], "audience.tiers: "),
        ("offer.categories", ["lottery"], "offer.categories.0: lottery is not known"),
        ("offer.categories", ["equity_fund"], "success.categories: must count what is offered"),
        ("offer.closing", "telephone", "offer.closing: "),
        ("offer", {"closing": "app"}, "offer.categories: sales are counted"),
        ("success.categories", [], "success: categories: conversion must name the categories"),
        ("success.metric", "logged_in", "success: categories: logged_in counts no category"),
        ("success.metric", "happiness", "success.metric: "),
        ("channels.0.channel", "pigeon", "channels.0.channel: pigeon is not known"),
        ("channels.1.channel", "app_push", "channels: app_push stands twice"),
        ("effect_prior.sms", ..., "effect_prior: must name exactly"),
        ("success.minimum_worthwhile_effect", 0, "success.minimum_worthwhile_effect: "),
        ("success.analysis", "peek_daily", "success.analysis: "),
        ("model_id", "oracle", "model_id: "),
        ("daily_maximum", 0, "daily_maximum: "),
        ("daily_minimum", 0, "daily_minimum: "),
        ("daily_minimum", 1_001, "daily_minimum: 1001 is above daily_maximum, 1000"),
        ("caps.0.count", 3, "caps.0: 3 in 7 days holds for the whole bank"),
        ("caps.0", {"channels": ["sms"], "count": 5, "days": 1}, "caps.0: 1 in 7 days"),
        ("card.zh.do_not_say", [], "card.zh.do_not_say: "),
        ("card.en", ..., "card.en: "),
        ("card.en.message", ..., "card.en.message: the plan has a channel of messages"),
        ("card.zh.message", "保本高收益", "card.zh.message: 保本, 高收益 must not be said"),
        ("card.en.talk_track", "Guaranteed!", "card.en.talk_track: guaranteed must not be said"),
        ("card.zh.why_now.salary_idle", "{balance_fen}", "card.zh.why_now.salary_idle: placeholder {balance_fen}"),
        ("card.zh.action", "{salary_fen}", "card.zh.action: placeholder {salary_fen} is not known"),
        ("card.zh.talk_track", "{product", "card.zh.talk_track: "),
        ("arms.0.incentive_yuan", 20, "card.zh.incentive: an arm has incentive_yuan, must say it with {yuan}"),
        ("arms.0.incentive_yuan", 20, "card.en.message: an arm has incentive_yuan, must have {incentive}"),
        ("arms.1.incentive_yuan", 20, "incentive_yuan: control gets nothing"),
        ("card.zh.incentive", "可得 {yuan} 元", "card.zh.incentive: no arm has incentive_yuan"),
        ("card.zh.message", "{incentive}", "card.zh.message: placeholder {incentive} is not known"),
        ("ramp", [{"share": 0.5, "days": 7}, {"share": 0.2, "days": 7}], "ramp: a share falls"),
        ("reserve", 0.5, "reserve: customers are reserved for a child"),
        ("triggers", [], "triggers: a strategy needs triggers or a schedule"),
        ("guardrails", [{"metric": "complaint", "at_most": 0.01}] * 2, "guardrails: complaint stands twice"),
        ("exclusions", ["one-other", "one-other"], "exclusions: one-other stands twice"),
        ("offer.alternatives", ["cash_management"], "offer: cash_management stands twice"),
        ("offer.alternatives", ["equity_fund"], "success.categories: must count what is offered"),
        ("audience.features", [{"feature": "age", "at_least": 5, "at_most": 1}], "must not be above at_most"),
        ("audience.features", [{"feature": "age", "at_least": float("inf")}], "finite number"),
        ("budget_yuan", 0, "budget_yuan: "),
        ("arms.0.share", 0.5000001, "arms: sum of shares"),
        ("caps.0", {"channels": ["all"], "count": 4, "days": 30}, "caps.0.channels.0: all is not known"),
        ("caps.0", {"channels": ["*"], "count": 4, "days": 30}, "caps.0: 4 in 30 days"),
        ("caps.0", {"channels": ["wechat"], "count": 4, "days": 20}, "caps.0: 4 in 30 days"),
        ("caps.0", {"channels": ["app_push"], "count": 3, "days": 7}, "caps.0: 3 in 7 days"),
        ("card.zh.why_now.salary_idle", "保本", "card.zh.why_now.salary_idle: 保本 must not be said"),
        ("card.en.action", "Guaranteed", "card.en.action: guaranteed must not be said"),
        ("card.en.why_now", {}, "card.en.why_now: must have one sentence"),
        ("card.zh.talk_track", "{product.name}", "card.zh.talk_track: placeholder {product.name} must be a plain name"),
    ],
)
def test_what_is_wrong_with_a_document_is_named_with_its_path(path: str, value: object, said: str) -> None:
    with pytest.raises(DocumentError) as error:
        parse_strategy(changed(path, value))
    assert said in str(error.value)


def with_gift(strategy_id: str, *, benefit: bool, **success: object) -> dict[str, Any]:
    """Return a shipped document that gives a benefit, or an incentive of 20 yuan, with some of its success changed."""
    given: dict[str, Any] = yaml.safe_load((LIBRARY / f"{strategy_id}.yaml").read_text(encoding="utf-8"))
    given["success"].update(success)
    if benefit:
        given["offer"]["benefit_id"] = "B003"
        return given
    given["arms"][0]["incentive_yuan"] = 20
    for script in given["card"].values():
        script["incentive"] = "{yuan}"
        script.update({name: script[name] + "{incentive}" for name in ("talk_track", "message") if name in script})
    return given


@pytest.mark.parametrize("benefit", [True, False])
@pytest.mark.parametrize(
    ("strategy_id", "success", "rules"),
    [
        ("first-fund", {}, ["GI-01"]),
        ("regular-saving", {}, ["GI-01"]),
        ("fund-loss-care", {}, ["GI-01"]),
        ("pension-saving", {}, ["GI-01"]),
        ("idle-salary", {}, ["GI-01", "GI-02"]),
        ("large-inflow", {}, ["GI-02", "GI-04"]),
        ("pension-saving", {"categories": ["personal_pension", "insurance_regular"]}, ["GI-01", "GI-03"]),
        ("reassessment", {}, []),
        ("birthday-benefits", {}, []),
    ],
)
def test_no_gift_depends_on_what_the_law_says_that_gifts_must_not_sell(
    strategy_id: str, success: dict[str, Any], rules: list[str], benefit: bool
) -> None:
    content = with_gift(strategy_id, benefit=benefit, **success)
    document, faults = judge(content)
    path = "offer.benefit_id" if benefit else "arms.0.incentive_yuan"
    cited = [rule for rule, _ in load_pack().gifts() if rule.rule_id in rules]
    assert [where for where, _ in faults] == [path] * len(rules)
    for rule, (_, said) in zip(cited, faults, strict=True):
        assert [part in said for part in (rule.rule_id, rule.text.zh, rule.text.en, rule.source, rule.article)] == [
            True
        ] * 5
    assert (document is None) == bool(rules)


@pytest.mark.parametrize(
    "cap",
    [
        {"channels": ["wechat"], "count": 3, "days": 30}, {"channels": ["wechat"], "count": 4, "days": 31},
        {"channels": ["sms", "app_push"], "count": 1, "days": 7}, {"channels": ["*"], "count": 1, "days": 1},
    ],
)  # fmt: skip
def test_a_cap_that_forbids_more_than_the_banks_is_taken(cap: dict[str, Any]) -> None:
    assert parse_strategy(changed("caps.0", cap)).caps[0].count == cap["count"]


def test_alternatives_need_what_is_offered_first() -> None:
    kept = changed("offer", {"alternatives": ["money_fund"], "closing": "app"})
    kept["success"]["metric"] = "kept"
    with pytest.raises(DocumentError, match=r"offer\.categories: sales are counted or alternatives named"):
        parse_strategy(kept)


def test_a_file_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(TEXT.replace("window_days: 30", "window_days: 999"), encoding="utf-8")
    line = 1 + TEXT[: TEXT.index("window_days")].count("\n")
    with pytest.raises(DocumentError) as error:
        load_strategy(file)
    assert str(error.value).startswith(f"{file}:{line}: success.window_days: ")


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(DocumentError) as error:
        load_strategy(TEXT.replace("owner:", "owners:").replace("daily_maximum: 1000", "daily_maximum: none"))
    assert [word in str(error.value) for word in ("owners", "owner: Field", "daily_maximum")] == [True] * 3


@pytest.mark.parametrize("text", ["", "- a list", "{", "null"])
def test_what_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(DocumentError):
        load_strategy(text)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="not readable"):
        load_strategy(tmp_path / "none.yaml")


def test_the_hash_is_of_the_content_and_not_of_its_layout() -> None:
    one = load_strategy(TEXT)
    assert content_hash(load_strategy("# a remark\n" + TEXT)) == content_hash(one)
    assert content_hash(parse_strategy(changed("daily_maximum", 7))) != content_hash(one)


def test_the_floor_of_available_funds_is_in_fen() -> None:
    assert load_strategy(TEXT).audience.min_available == 1_000_00


@pytest.mark.parametrize("one", shipped(), ids=lambda one: one.id)
def test_every_sentence_of_the_library_can_be_filled_in_both_languages(one: Strategy) -> None:
    evidence = {key: "2026-11-28" if key.endswith("on") else 50_000_00 for keys in EVIDENCE.values() for key in keys}
    for language, script in (("zh-hans", one.card.zh), ("en", one.card.en)):
        product = {"product": "X"} if one.offer.categories else {}
        values = shown(evidence, "en" if language == "en" else "zh-hans") | product
        for template in (*script.why_now.values(), script.action, script.talk_track, script.message or ""):
            assert not placeholders(fill(template, values))
        assert script.do_not_say


def test_evidence_is_written_as_people_write_it() -> None:
    evidence: dict[str, int | str | float] = {
        "balance_fen": 50_000_000, "matures_on": "2026-11-28", "next_tier": "pre_private", "quiet_days": 63,
    }  # fmt: skip
    assert list(shown(evidence, "zh-hans").values()) == ["50.0 万", "11 月 28 日", "准私行", "63"]
    assert list(shown(evidence, "en").values()) == ["500 k", "28 November", "pre-private", "63"]


def test_a_sentence_without_its_evidence_is_refused() -> None:
    with pytest.raises(DocumentError, match="balance_fen"):
        fill("{balance_fen}", {})


def test_the_shipped_words_pass_the_shipped_rules() -> None:
    assert load_pack().forbidden_words()
