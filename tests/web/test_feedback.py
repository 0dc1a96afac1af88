"""The feedback page: what was said, whose work is picked, and what a reader of a part may not know."""

from datetime import timedelta

import pytest

from tests.feedback.makers import lay, work
from tests.web.conftest import LogIn
from tests.web.making import NOW, TODAY
from wealthloop.access.models import Person

OLD = TODAY - timedelta(days=20)


def speak(*, many: int = 12, staff_id: str = "S1") -> None:
    for number in range(many):
        card = lay("C1", staff_id=staff_id, sent_on=OLD, tier=("private", "mass")[number % 2], rank=1000 - number)
        if number % 2 == 0:
            work(
                card,
                "other",
                note=f"王小明说 1381234567{number % 10} 不方便，第 {number} 次",
                now=NOW - timedelta(days=19),
            )
            continue
    work(lay("C1", staff_id=staff_id, sent_on=OLD), "customer_angry", now=NOW - timedelta(days=19))


@pytest.mark.parametrize(("username", "status"), [("head", 200), ("strategist", 200), ("rm1", 403), ("engineer", 403)])
def test_the_page_is_for_those_whose_room_it_is(username: str, status: int, log_in: LogIn) -> None:
    assert log_in(username).get("/feedback/").status_code == status


def test_an_empty_page_says_how_it_is_filled(log_in: LogIn) -> None:
    assert "with one tap" in log_in("head").get("/feedback/").content.decode()


def test_head_office_sees_codes_and_each_persons_work_in_both_languages(log_in: LogIn) -> None:
    speak()
    answer = log_in("head", language="zh-hans").get("/feedback/")
    page = answer.context["page"]
    assert "客户反感" in answer.content.decode()
    assert [(line.words.en, line.said) for line in page.codes] == [("something else", "6"), ("angry", "1")]
    (person,) = page.people
    assert (person.staff_id, person.cards, person.worked.share) == ("S1", "13", pytest.approx(7 / 13))
    assert "angry" in log_in("head").get("/feedback/").content.decode()


def test_i19_a_reader_of_aggregates_sees_no_person_and_no_small_count(log_in: LogIn) -> None:
    speak()
    answer = log_in("strategist").get("/feedback/")
    page = answer.context["page"]
    assert (page.people, page.sees_people) == ((), False)
    assert {line.said for line in page.codes} == {"<10"}
    assert all(line.share == 0.0 for line in page.codes)
    assert all(line.share is None for line in (*page.deciles, *page.tiers))
    assert "S1" not in answer.content.decode().split("<main", 1)[1]


def test_i19_a_branch_head_reads_of_no_other_branch(log_in: LogIn) -> None:
    speak()
    Person.objects.create(username="chief", role="branch_head", staff_id="S9", branch_id="B9")
    page = log_in("chief").get("/feedback/").context["page"]
    assert (page.codes, page.people, page.clusters, page.suggestions) == ((), (), (), ())
    assert [line.cards for line in page.deciles] == ["0"] * 10


def test_i21_names_and_numbers_of_notes_are_hidden(log_in: LogIn) -> None:
    speak(many=60)
    text = log_in("head").get("/feedback/").content.decode()
    assert "不方便" in text
    assert "王小明" not in text
    assert "1381234567" not in text
