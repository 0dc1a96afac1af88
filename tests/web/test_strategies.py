"""The life of a strategy on its page: what each person may do now, done once, refused on the server."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from tests.web.conftest import LogIn
from tests.web.making import NOW, TODAY
from wealthloop.access.models import AuditEntry, Person
from wealthloop.evolution import decide
from wealthloop.evolution.models import Kind, Proposal
from wealthloop.kit import Home
from wealthloop.rehearsal.ledger import kept
from wealthloop.strategies import life
from wealthloop.strategies.load import dump, shipped
from wealthloop.strategies.models import StrategySignature, StrategyState, StrategyVersion
from wealthloop.strategies.parts import Stop
from wealthloop.strategies.repository import version_row

IDLE = next(one for one in shipped() if one.id == "idle-salary")


def submitted(**change: object) -> StrategyVersion:
    return life.submit(IDLE.model_copy(update=change), "li", NOW)


def started(**change: object) -> StrategyVersion:
    submitted(**change)
    life.approve(IDLE.id, 1, "zhao", NOW)
    return life.launch(IDLE.id, 1, "zhao", NOW, on=TODAY - timedelta(days=30))


def take(client: Client, step: str, **fields: str) -> int:
    fields = {"seen": version_row(IDLE.id, 1).content_hash, **fields}
    return client.post(f"/strategies/{IDLE.id}/1/{step}/", fields).status_code


def buttons(client: Client) -> list[str]:
    text = client.get("/strategies/").content.decode()
    return re.findall(rf'action="/strategies/{IDLE.id}/1/([a-z]+)/"', text)


def test_a_version_goes_through_its_life_on_the_page(log_in: LogIn) -> None:
    submitted()
    head = log_in("head")
    assert buttons(head) == ["sign", "reject", "retire"]
    assert "signatures missing: Strategy" in head.get("/strategies/").content.decode()
    assert take(head, "sign") == 302
    assert take(head, "launch") == 409, "an under-powered test needs a reason"
    assert take(head, "launch", reason="a pilot") == 302
    assert version_row(IDLE.id, 1).launched_on == TODAY
    assert take(head, "pause") == 302
    assert buttons(head) == ["resume", "conclude", "retire"]
    assert take(head, "resume") == 302
    assert take(head, "conclude", verdict="won", reason="it sells") == 302
    text = head.get("/strategies/").content.decode()
    assert "<strong>won</strong>" in text
    assert "it sells" in text
    assert buttons(head) == ["retire"]


def approved() -> None:
    submitted()
    life.approve(IDLE.id, 1, "zhao", NOW)


def paused() -> None:
    started()
    life.pause(IDLE.id, 1, "zhao", NOW)


CLICKS: dict[str, tuple[Callable[[], object], dict[str, str], tuple[str, ...]]] = {
    "check": (lambda: life.draft(IDLE, "li", NOW), {}, ("checked",)),
    "submit": (lambda: life.draft(IDLE, "li", NOW), {"reason": "a pilot"}, ("submitted", "foretold")),
    "sign": (submitted, {}, ("signed", "approved")),
    "reject": (submitted, {"reason": "too many words"}, ("rejected",)),
    "launch": (approved, {"reason": "a pilot"}, ("launched", "foretold")),
    "pause": (started, {}, ("paused",)),
    "resume": (paused, {}, ("resumed",)),
    "conclude": (started, {"verdict": "lost", "reason": "no better"}, ("concluded",)),
    "retire": (started, {}, ("retired",)),
}
"""By step: what stood before it, what is posted, what the audit says of it."""


@pytest.mark.parametrize("step", CLICKS)
def test_a_double_click_counts_once(step: str, home: Home, log_in: LogIn) -> None:
    before, fields, said = CLICKS[step]
    before()
    entries, client = AuditEntry.objects.count(), log_in("strategist")
    assert take(client, step, **fields) == 302
    stands = StrategyVersion.objects.values().get()
    assert take(client, step, **fields) == 302
    assert StrategyVersion.objects.values().get() == stands
    told = AuditEntry.objects.order_by("sequence").values_list("verb", "actor")[entries:]
    assert list(told) == [(f"strategy.{verb}", "strategist") for verb in said]
    assert len(kept(home)) == ("foretold" in said)
    assert StrategySignature.objects.filter(person="strategist").count() == (step == "sign")


def test_another_step_of_the_same_person_is_no_second_click(log_in: LogIn) -> None:
    started()
    head = log_in("head")
    assert take(head, "conclude", verdict="lost", reason="no better") == 302
    assert take(head, "pause") == 409


def test_the_same_step_of_another_is_no_second_click(log_in: LogIn) -> None:
    started()
    head = log_in("head")
    assert take(head, "pause") == 302
    life.resume(IDLE.id, 1, "zhao", NOW)
    life.pause(IDLE.id, 1, "zhao", NOW)
    answer = head.post(f"/strategies/{IDLE.id}/1/pause/")
    assert answer.status_code == 409
    assert "has moved on since you read it" in answer.content.decode()


def test_i17_the_author_is_offered_no_signature_and_refused_one(log_in: LogIn) -> None:
    life.submit(IDLE, "strategist", NOW)
    own = log_in("strategist")
    assert buttons(own) == ["reject", "retire"]
    assert take(own, "sign") == 403
    assert version_row(IDLE.id, 1).state == StrategyState.IN_REVIEW


def test_i17_what_was_not_read_is_not_signed(log_in: LogIn) -> None:
    submitted()
    assert take(log_in("head"), "sign", seen="") == 409
    assert take(log_in("head"), "sign", seen="0" * 64) == 409
    assert version_row(IDLE.id, 1).state == StrategyState.IN_REVIEW


@pytest.mark.parametrize("username", ["rm1", "engineer"])
@pytest.mark.parametrize("step", ["sign", "reject", "retire"])
def test_who_has_no_such_role_is_offered_nothing_and_refused_on_the_server(
    username: str, step: str, log_in: LogIn
) -> None:
    submitted()
    client = log_in(username)
    assert buttons(client) == []
    assert take(client, step, reason="because") == 403
    assert version_row(IDLE.id, 1).state == StrategyState.IN_REVIEW


def test_a_step_needs_its_reason_its_form_and_its_name(log_in: LogIn) -> None:
    submitted()
    head = log_in("head")
    assert take(head, "reject") == 409
    assert take(head, "burn") == 404
    assert head.get(f"/strategies/{IDLE.id}/1/reject/").status_code == 405
    assert head.post(f"/strategies/{IDLE.id}/9/retire/").status_code == 404
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(Person.objects.get(username="head"))
    assert strict.post(f"/strategies/{IDLE.id}/1/retire/").status_code == 403
    assert version_row(IDLE.id, 1).state == StrategyState.IN_REVIEW


def test_a_draft_shows_why_it_came_back_and_is_handed_in_again(log_in: LogIn) -> None:
    life.submit(IDLE, "strategist", NOW)
    assert take(log_in("head"), "reject", reason="the words promise too much") == 302
    own = log_in("strategist")
    assert "the words promise too much" in own.get("/strategies/").content.decode()
    assert buttons(own) == ["check", "submit", "retire"]
    assert [take(own, "check"), take(own, "submit", reason="a pilot")] == [302, 302]
    assert version_row(IDLE.id, 1).state == StrategyState.IN_REVIEW


@pytest.mark.parametrize(
    ("language", "said", "bounds"),
    [
        ("en", "Conclude idle-salary/v1 as won in the same step", "at most 9 a day, at least 3 a night"),
        ("zh-hans", "同时将 idle-salary/v1 结项为胜出", "每日至多 9，每晚至少 3"),
    ],
)
def test_a_launch_for_everybody_asks_to_conclude_the_test(language: str, said: str, bounds: str, log_in: LogIn) -> None:
    started()
    whole = IDLE.model_copy(update={"daily_maximum": 9, "daily_minimum": 3})
    Proposal.objects.create(
        proposal_id="p1", kind=Kind.SCALE, strategy_id=IDLE.id, about=f"{IDLE.id}/v1", document=dump(whole),
        evidence={"log_e": 8.0, "level": 0.001, "effect": 0.03}, proposed_on=TODAY,
    )  # fmt: skip
    decide.accept("p1", "li", NOW)
    life.approve(IDLE.id, 2, "zhao", NOW)
    head = log_in("head", language=language)
    text = head.get("/strategies/").content.decode()
    assert said in text
    assert bounds in text
    address, reason = f"/strategies/{IDLE.id}/2/launch/", {"reason": "a pilot"}
    assert head.post(address, reason).status_code == 409
    assert head.post(address, {**reason, "concludes": f"{IDLE.id}/v2"}).status_code == 409
    assert version_row(IDLE.id, 1).state == StrategyState.RUNNING
    agreed = re.findall(r'name="concludes" value="([^"]+)"', text)
    for _ in range(2):
        assert head.post(address, {**reason, "concludes": agreed[0]}).status_code == 302
    assert (version_row(IDLE.id, 1).verdict, version_row(IDLE.id, 2).state) == ("won", StrategyState.RUNNING)
    told = AuditEntry.objects.filter(actor="head").order_by("sequence").values_list("verb", "object_id")
    assert list(told) == [
        ("strategy.concluded", f"{IDLE.id}/v1"), ("strategy.launched", f"{IDLE.id}/v2"),
        ("strategy.foretold", f"{IDLE.id}/v2"),
    ]  # fmt: skip
    assert "concludes" not in head.get("/strategies/").content.decode()


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", ("its 20 days are over", "Whose turn")), ("zh-hans", ("20 天已满", "轮到谁"))],
)
def test_a_version_whose_end_has_come_says_so(language: str, said: tuple[str, ...], log_in: LogIn) -> None:
    started(stop=Stop(max_days=20))
    text = log_in("head", language=language).get("/strategies/").content.decode()
    assert [part for part in said if part not in text] == []
