"""Customers: only those within reach, and nothing that tells of the others (I19)."""

import re

import pytest
from django.test import Client

from tests.web.conftest import LogIn
from tests.web.making import make_card


def _page(client: Client, address: str) -> str:
    text = client.get(address).content.decode()
    return re.sub(r'(csrfmiddlewaretoken" value="|X-CSRFToken": ")[A-Za-z0-9]+', "", text)


@pytest.mark.parametrize(
    ("username", "seen"), [("rm1", ["C1", "C2"]), ("rm2", ["C3"]), ("head", ["C1", "C4", "C3", "C2"])]
)
def test_i19_lists_the_customers_in_scope_only(username: str, seen: list[str], log_in: LogIn) -> None:
    page = log_in(username).get("/customers/").context["page"]
    assert sorted(row.customer_id for row in page.rows) == sorted(seen)
    assert page.total == len(seen)


def test_lists_the_largest_first_with_masked_names(log_in: LogIn) -> None:
    rows = log_in("rm1").get("/customers/").context["page"].rows
    assert [(row.customer_id, row.masked_name) for row in rows] == [("C1", "王*明"), ("C2", "李*")]


def test_i19_answers_for_a_customer_out_of_scope_as_for_one_that_does_not_exist(log_in: LogIn) -> None:
    client = log_in("rm1")
    assert client.get("/customers/C3/").status_code == 404
    assert _page(client, "/customers/C3/").replace("C3", "?") == _page(client, "/customers/C9/").replace("C9", "?")


def test_i19_finds_nothing_out_of_scope(log_in: LogIn) -> None:
    client = log_in("rm1")
    assert client.get("/customers/?q=C3").context["page"].total == 0
    assert _page(client, "/customers/?q=C3").replace("C3", "?") == _page(client, "/customers/?q=C9").replace("C9", "?")


def test_a_whole_number_opens_its_customer(log_in: LogIn) -> None:
    assert log_in("rm1").get("/customers/?q=C2").headers["Location"] == "/customers/C2/"


def test_shows_a_customer_whole(log_in: LogIn) -> None:
    make_card("K1", customer_id="C1")
    answer = log_in("rm1").get("/customers/C1/")
    page = answer.context["page"]
    assert page.masked_name == "王*明"
    assert {line.product_id for line in page.seen.holdings} == {"D1", "T1"}
    assert [line.name for line in page.plot.series] == ["Time deposit", "Demand deposit"]
    assert len(page.plot.rows) == len(page.plot.table) == 41
    assert [card.card_id for card in page.cards] == ["K1"]
    text = answer.content.decode()
    assert "王小明" not in text
    assert page.seen.tags
    assert page.seen.missing


def test_the_side_panel_shows_the_customer_of_an_own_card(log_in: LogIn) -> None:
    make_card("K1", customer_id="C1")
    page = log_in("rm1").get("/desk/cards/K1/side/").context["page"]
    assert page.seen.customer_id == "C1"
    assert page.plot is not None


def test_i19_the_side_panel_hides_a_customer_who_has_left_the_book(log_in: LogIn) -> None:
    make_card("K1", customer_id="C3")
    answer = log_in("rm1").get("/desk/cards/K1/side/")
    assert answer.context["page"].seen is None
    assert "not in your book now" in answer.content.decode()


def test_i19_counts_of_segments_hide_small_numbers(log_in: LogIn) -> None:
    page = log_in("strategist").get("/segments/").context["page"]
    assert page.total == "<10"
    texts = {count.text for _title, counts in page.groups for count in counts}
    assert texts == {"<10"}
    whole = log_in("head").get("/segments/").context["page"]
    assert whole.total == "4"
