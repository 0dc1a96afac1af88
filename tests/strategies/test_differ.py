"""What differs between two documents: every part, by path, with both sides; never the order that means nothing."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from wealthloop.strategies.differ import changes
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.load import parse_strategy, shipped

BASE = next(one for one in shipped() if one.id == "idle-salary")
WEEKLY = {"every": "week", "on": "2026-11-02", "lasts_days": 9}
COMPLAINT, OPT_OUT = ({"metric": metric, "at_most": 0.01} for metric in ("complaint", "opt_out"))
STEP = {"share": 0.1, "days": 7}
BELIEF = {"mean": 0.1, "sd": 0.1}
CREDIT = {"to": "owner", "window_days": 30}
OWN = BASE.model_dump(mode="json")
EDITS: dict[str, tuple[Any, str, Any, Any]] = {
    "id": ("another", "id", BASE.id, "another"),
    "name": (OWN["name"] | {"en": "Another"}, "name.en", BASE.name.en, "Another"),
    "purpose": (OWN["purpose"] | {"zh": "另"}, "purpose.zh", BASE.purpose.zh, "另"),
    "owner": ("mei", "owner", BASE.owner, "mei"),
    "parent": ("fund/v1", "parent", None, "fund/v1"),
    "credit": ("S1", "credit", None, "S1"),
    "triggers": (["salary_idle", "near_tier"], "triggers", ["salary_idle"], ["salary_idle", "near_tier"]),
    "schedule": (WEEKLY, "schedule", None, WEEKLY),
    "audience": (OWN["audience"] | {"min_available_yuan": 0}, "audience.min_available_yuan", 1000, 0),
    "offer": (OWN["offer"] | {"benefit_id": "B1"}, "offer.benefit_id", None, "B1"),
    "channels": ([{"channel": "app_push", "wait_days": 1}, *OWN["channels"][1:]], "channels.app_push.wait_days", 0, 1),
    "arms": ([OWN["arms"][0] | {"incentive_yuan": 5}, OWN["arms"][1]], "arms.contact.incentive_yuan", 0, 5),
    "card": (OWN["card"] | {"en": OWN["card"]["en"] | {"action": "Go"}}, "card.en.action", BASE.card.en.action, "Go"),
    "success": (OWN["success"] | {"alpha": 0.1}, "success.alpha", 0.05, 0.1),
    "effect_prior": (OWN["effect_prior"] | {"rm": BELIEF}, "effect_prior.rm", None, BELIEF),
    "model_id": ("churn/aum_half/30d", "model_id", BASE.model_id, "churn/aum_half/30d"),
    "daily_maximum": (1, "daily_maximum", 1000, 1),
    "daily_minimum": (5, "daily_minimum", None, 5),
    "not_after": ("2027-01-01", "not_after", None, "2027-01-01"),
    "caps": ([], "caps", OWN["caps"], []),
    "budget_yuan": (9, "budget_yuan", None, 9),
    "unit": ("rm", "unit", "customer", "rm"),
    "layer": ("shared", "layer", None, "shared"),
    "exclusions": (["other-one"], "exclusions", [], ["other-one"]),
    "reserve": (0.5, "reserve", None, 0.5),
    "ramp": ([STEP], "ramp", [], [STEP]),
    "guardrails": ([COMPLAINT], "guardrails.complaint", None, COMPLAINT),
    "stop": ({"max_days": 9}, "stop.max_days", None, 9),
    "sales_credit": (CREDIT, "sales_credit", None, CREDIT),
}
"""By part of a document: another value, and the path and both sides of the one difference that it makes."""


def edited(**parts: Any) -> Strategy:  # noqa: ANN401 - any part
    return parse_strategy({**BASE.model_dump(mode="json"), **parts})


def with_part(path: str, value: object) -> Strategy:
    """Return the document with another part, of its own type, whether or not it fits the others."""
    *way, last = path.split(".")
    parent = BASE.audience if way else BASE
    kind: Any = type(parent).model_fields[last].annotation
    made = {last: TypeAdapter(kind).validate_python(value)}
    return BASE.model_copy(update={"audience": parent.model_copy(update=made)} if way else made)


@pytest.mark.parametrize("part", Strategy.model_fields)
def test_every_part_that_is_edited_is_told_with_both_sides(part: str) -> None:
    value, path, before, after = EDITS[part]
    made = with_part(part, value)
    (there,), (back,) = changes(BASE, made), changes(made, BASE)
    assert (there.path, there.before, there.after) == (path, before, after)
    assert (back.path, back.before, back.after) == (path, after, before)
    nothing: tuple[object, ...] = ([], None)
    kinds = (
        ("added", "removed") if before in nothing else ("removed", "added") if after in nothing else ("changed",) * 2
    )
    assert (there.kind, back.kind) == kinds


@pytest.mark.parametrize(
    ("path", "listed"),
    [
        ("triggers", ["salary_idle", "near_tier"]),
        ("exclusions", ["one-other", "another"]),
        ("guardrails", [COMPLAINT, OPT_OUT]),
        ("audience.tiers", ["mass", "wealth"]),
        ("audience.lifecycles", ["new", "growing"]),
        ("audience.features", [{"feature": "age", "at_least": 1}, {"feature": "aum_average", "at_least": 2}]),
        ("audience.scores", [{"model_id": f"churn/{name}/30d", "at_most": 0.1} for name in ("one", "two")]),
        ("audience.tags", [{"tag": "rfm", "states": ["value", "keep"]}, {"tag": "wealth", "states": ["a"]}]),
        ("audience.without_tags", [{"tag": "rfm", "states": ["value"]}, {"tag": "wealth", "states": ["a"]}]),
    ],
)
def test_the_order_of_what_must_all_hold_means_nothing(path: str, listed: list[Any]) -> None:
    given = with_part(path, listed)
    assert changes(given, with_part(path, listed[::-1])) == ()
    assert [one.path.startswith(path) for one in changes(given, with_part(path, listed[:1]))] == [True]
    assert [one.path.startswith(path) for one in changes(given, with_part(path, [*listed, listed[0]]))] == [True]


@pytest.mark.parametrize(
    ("path", "listed"),
    [
        ("offer", {"categories": ["bond_fund", "money_fund"], "closing": "app"}),
        ("arms", OWN["arms"]),
        ("ramp", [STEP, {"share": 0.2, "days": 7}]),
        ("caps", [{"channels": ["sms"], "count": 1, "days": days} for days in (8, 9)]),
    ],
)
def test_the_order_of_what_is_taken_in_turn_is_told(path: str, listed: Any) -> None:  # noqa: ANN401
    turned = {**listed, "categories": listed["categories"][::-1]} if isinstance(listed, dict) else listed[::-1]
    assert len(changes(with_part(path, listed), with_part(path, turned))) == 1


def test_a_difference_names_the_path_and_parts_of_lists_by_their_names() -> None:
    after = edited(
        daily_maximum=5,
        channels=[{"channel": "app_push", "wait_days": 0}, {"channel": "sms", "wait_days": 4}],
        effect_prior={"app_push": {"mean": 0.015, "sd": 0.01}, "sms": {"mean": 0.012, "sd": 0.01}},
        not_after="2027-01-01",
        caps=[],
    )
    found = {one.path: (one.kind, one.before, one.after) for one in changes(BASE, after)}
    assert found["daily_maximum"] == ("changed", 1000, 5)
    assert found["channels.sms.wait_days"] == ("changed", 2, 4)
    assert found["channels.wechat"] == ("removed", {"channel": "wechat", "wait_days": 2}, None)
    assert found["effect_prior.ai_call"][0] == "removed"
    assert found["not_after"] == ("added", None, "2027-01-01")
    assert found["caps"][0] == "removed"
    assert len(found) == 8


def test_order_counts_only_where_it_means_something() -> None:
    tiers = edited(audience={**BASE.audience.model_dump(mode="json"), "tiers": list(BASE.audience.tiers[::-1])})
    assert changes(BASE, tiers) == ()
    turned = [{"channel": one.channel, "wait_days": 0} for one in BASE.channels[::-1]]
    same = edited(channels=[{"channel": one.channel, "wait_days": 0} for one in BASE.channels])
    found = changes(same, edited(channels=turned))
    assert [(one.path, one.before[0], one.after[0]) for one in found] == [("channels (order)", "app_push", "ai_call")]


def test_differences_do_not_depend_on_defaults_and_every_change_of_content_is_one() -> None:
    assert changes(BASE, edited(unit="customer", caps=[one.model_dump() for one in BASE.caps])) == ()
    for one in shipped():
        assert changes(one, one) == ()
