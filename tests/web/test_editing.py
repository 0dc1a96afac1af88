"""A strategy is edited on its page: checked by path, compared, handed in once as a new version, by those who may."""

from typing import Any

import pytest
from django.test import Client

from tests.web.conftest import LogIn
from tests.web.making import NOW
from wealthloop.access.models import Person
from wealthloop.kit import Home
from wealthloop.rehearsal.ledger import kept
from wealthloop.strategies import life
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.load import shipped
from wealthloop.strategies.models import StrategyVersion
from wealthloop.web.editing import PARTS, read_texts, texts_of

PAGE = "/strategies/idle-salary/1/edit/"
BASE = next(one for one in shipped() if one.id == "idle-salary")


@pytest.fixture
def version(home: Home) -> StrategyVersion:
    del home
    return life.submit(BASE, "li", NOW)


def form(answer: Any, **changes: str) -> dict[str, str]:  # noqa: ANN401 - Django's answer to its test client
    page = answer.context["page"]
    texts = {part.name: part.text for part in page.parts}
    return {**texts, "seen": page.seen, "newest": str(page.newest), **changes}


@pytest.mark.parametrize("document", shipped(), ids=lambda one: str(one.id))
def test_parts_of_a_document_read_back_are_the_document(document: Any) -> None:  # noqa: ANN401
    assert read_texts(document.id, texts_of(document)) == (document, [])


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_an_edit_is_checked_compared_and_handed_in_once_with_its_forecast(
    home: Home, log_in: LogIn, version: StrategyVersion, language: str
) -> None:
    client = log_in("strategist", language=language)
    first = client.get(PAGE)
    assert [part.name for part in first.context["page"].parts] == list(PARTS)
    checked = client.post(PAGE, form(first, daily_maximum="77", action="check"))
    assert [(one.path, one.before, one.after) for one in checked.context["page"].changes] == [
        ("daily_maximum", "1000", "77")
    ]
    assert StrategyVersion.objects.count() == 1
    refused = client.post(PAGE, form(checked, action="submit"))
    assert (refused.status_code, StrategyVersion.objects.count(), kept(home)) == (409, 1, ())
    assert {"en": "the test is under-powered", "zh-hans": "样本不足"}[language] in refused.content.decode()
    for _ in range(2):
        assert client.post(PAGE, form(checked, action="submit", reason="a pilot")).status_code == 302
    assert [(one.experiment, one.reason) for one in kept(home)] == [("idle-salary/v2", "a pilot")]
    made = StrategyVersion.objects.get(strategy_id="idle-salary", version=2)
    assert (made.author, made.document["daily_maximum"], made.state) == ("strategist", 77, "in_review")
    version.refresh_from_db()
    assert version.document["daily_maximum"] == 1000
    assert StrategyVersion.objects.count() == 2


@pytest.mark.usefixtures("version")
def test_what_is_wrong_stands_beside_its_part_with_path_and_rule(log_in: LogIn) -> None:
    client = log_in("strategist")
    spoilt = {"audience": "tiers: [mass]\nlifecycles: [new]\ntags:\n- {tag: rfn, states: [value]}", "arms": "[a"}
    answer = client.post(PAGE, form(client.get(PAGE), **spoilt, action="submit"))
    assert answer.status_code == 422
    faults = {part.name: part.faults for part in answer.context["page"].parts if part.faults}
    assert list(faults) == ["arms"]
    answer = client.post(PAGE, form(client.get(PAGE), audience=spoilt["audience"], action="submit"))
    faults = {part.name: part.faults for part in answer.context["page"].parts if part.faults}
    assert faults["audience"][0][0] == "audience.tags.0.tag"
    assert answer.context["page"].faults == ()
    assert "did you mean rfm?" in answer.content.decode()
    assert StrategyVersion.objects.count() == 1


@pytest.mark.usefixtures("version")
def test_only_the_text_that_was_checked_against_the_newest_version_is_handed_in(log_in: LogIn) -> None:
    client = log_in("strategist")
    checked = client.post(PAGE, form(client.get(PAGE), daily_maximum="77", action="check"))
    other = client.post(PAGE, form(checked, daily_maximum="78", action="submit"))
    assert (other.status_code, StrategyVersion.objects.count()) == (409, 1)
    life.submit(BASE.model_copy(update={"daily_maximum": 5}), "li", NOW)
    late = client.post(PAGE, form(checked, action="submit"))
    assert (late.status_code, StrategyVersion.objects.count()) == (409, 2)
    assert "a newer version was handed in since" in late.content.decode()
    assert client.post(PAGE, form(late, action="submit", reason="a pilot")).status_code == 302
    same = client.post(PAGE, form(client.get(PAGE), action="submit"))
    assert (same.status_code, same.context["page"].seen) == (409, "")
    assert StrategyVersion.objects.count() == 3


@pytest.mark.usefixtures("version")
def test_who_may_not_write_strategies_is_refused_and_a_forged_form_too(log_in: LogIn) -> None:
    assert log_in("head").get(PAGE).status_code == 403
    assert log_in("head").post(PAGE, {"action": "submit"}).status_code == 403
    assert log_in("engineer").get(PAGE).status_code == 403
    assert Client().get(PAGE).status_code == 302
    assert log_in("strategist").get("/strategies/idle-salary/9/edit/").status_code == 404
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(Person.objects.get(username="strategist"))
    assert strict.post(PAGE, {"action": "submit"}).status_code == 403
    assert 'href="/strategies/idle-salary/1/edit/"' in log_in("strategist").get("/strategies/").content.decode()
    assert "/edit/" not in log_in("head").get("/strategies/").content.decode()


def test_anchors_and_endless_texts_are_not_taken() -> None:
    texts = texts_of(BASE)
    long = f"[{'x' * 20_000}]"
    for part, spoilt, said in (
        ("triggers", "&a [x, *a]", "anchors and aliases"), ("triggers", long, "20002 characters, must be at most"),
        ("daily_maximum", "0", "greater than or equal to 1"),
    ):  # fmt: skip
        document, faults = read_texts(BASE.id, {**texts, part: spoilt})
        assert (document, len(faults), faults[0][0]) == (None, 1, part)
        assert said in faults[0][1]


def test_every_part_but_the_id_can_be_edited() -> None:
    assert {*PARTS, "id"} == set(Strategy.model_fields)
