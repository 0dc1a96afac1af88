"""The life of a strategy on its page: what each person may do now, done once, refused on the server."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from tests.web.conftest import LogIn
from tests.web.making import NOW, TODAY
from wealthloop.access.models import AuditEntry, Person
from wealthloop.strategies import life
from wealthloop.strategies.load import shipped
from wealthloop.strategies.models import StrategyState, StrategyVersion
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


def test_a_double_click_counts_once(log_in: LogIn) -> None:
    started()
    head = log_in("head")
    entries = AuditEntry.objects.count()
    assert [take(head, "pause"), take(head, "pause")] == [302, 302]
    assert AuditEntry.objects.count() == entries + 1
    log_in("strategist").post(f"/strategies/{IDLE.id}/1/resume/")
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
    ("language", "said"),
    [("en", ("its 20 days are over", "Whose turn")), ("zh-hans", ("20 天已满", "轮到谁"))],
)
def test_a_version_whose_end_has_come_says_so(language: str, said: tuple[str, ...], log_in: LogIn) -> None:
    started(stop=Stop(max_days=20))
    text = log_in("head", language=language).get("/strategies/").content.decode()
    assert [part for part in said if part not in text] == []
