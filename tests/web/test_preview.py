"""Previews: a demonstration bank's cards, with what is missing, for those who see every customer."""

import json
from collections.abc import Iterator

import pytest

from tests.web.conftest import LogIn
from tests.web.making import AS_OF, content
from wealthloop.kit import Home


@pytest.fixture
def demonstration(home: Home) -> Iterator[Home]:
    card = {**content(name=""), "contactable": False, "demonstration": True, "offer": None, "value": None}
    card["missing"] = [{"zh": "无营销同意记录", "en": "no marketing consent on record"}]
    file = home.root / "previews" / f"{AS_OF}.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps([{"customer_id": "C3", "content": card}]), encoding="utf-8")
    yield home.with_kind("demonstration")
    file.unlink()
    home.with_kind("simulated")


@pytest.mark.usefixtures("demonstration")
def test_a_preview_says_that_nobody_can_be_contacted_and_what_is_missing(log_in: LogIn) -> None:
    answer = log_in("head").get("/preview/")
    text = answer.content.decode()
    assert answer.context["page"].card.content.masked_name == "陈*华"
    assert "not contactable" in text
    assert "no marketing consent on record" in text
    assert "not estimated" in text
    assert "card-claim" not in text
    assert "/outcome/" not in text


@pytest.mark.usefixtures("demonstration")
@pytest.mark.parametrize("username", ["rm1", "strategist", "engineer"])
def test_i19_previews_are_for_those_who_see_every_customer(username: str, log_in: LogIn) -> None:
    assert log_in(username).get("/preview/").status_code == 403


@pytest.mark.usefixtures("demonstration")
def test_a_preview_opens_the_customers_short_panorama(log_in: LogIn) -> None:
    assert log_in("head").get("/customers/C3/side/").context["page"].seen.customer_id == "C3"
    assert log_in("rm1").get("/customers/C3/side/").status_code == 404
