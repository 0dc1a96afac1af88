"""Coming in, going out, languages."""

import pytest
from django.test import Client

from tests.web.conftest import LogIn
from tests.web.making import PASSWORD
from wealthloop.access.models import Person
from wealthloop.kit import Home


@pytest.fixture
def person(home: Home) -> Person:  # noqa: ARG001 - people exist only in a home
    found = Person.objects.get(username="rm1")
    found.set_password(PASSWORD)
    found.save()
    return found


def test_the_first_login_takes_on_the_persons_language(person: Person) -> None:
    client = Client(headers={"accept-language": "en"})
    assert "Log in" in client.get("/login/").content.decode()
    answer = client.post("/login/", {"username": person.username, "password": PASSWORD, "next": "/desk/"})
    assert answer.headers["Location"] == "/desk/"
    assert client.cookies["django_language"].value == "zh-hans"
    assert "今天" in client.get("/desk/").content.decode()


def test_a_language_chosen_before_the_login_stays(person: Person) -> None:
    client = Client()
    client.post("/language/", {"language": "en", "next": "/login/"})
    client.post("/login/", {"username": person.username, "password": PASSWORD})
    assert "Today" in client.get("/desk/").content.decode()


def test_says_what_to_do_after_a_wrong_password(person: Person) -> None:
    text = (
        Client(headers={"accept-language": "en"})
        .post("/login/", {"username": person.username, "password": "no"})
        .content.decode()
    )
    assert "try again" in text
    assert f'value="{person.username}"' in text


def test_keeps_the_language_with_the_person(log_in: LogIn) -> None:
    client = log_in("rm1", language="zh-hans")
    assert client.post("/language/", {"language": "en", "next": "/desk/"}).headers["Location"] == "/desk/"
    assert Person.objects.get(username="rm1").language == "en"
    assert "Today" in client.get("/desk/").content.decode()


def test_leads_nowhere_outside(log_in: LogIn) -> None:
    answer = log_in("rm1").post("/language/", {"language": "en", "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/"


def test_refuses_a_language_that_we_do_not_speak(log_in: LogIn) -> None:
    assert log_in("rm1").post("/language/", {"language": "xx"}).status_code == 400


def test_logs_out_by_post_only(log_in: LogIn) -> None:
    client = log_in("rm1")
    assert client.get("/logout/").status_code == 405
    client.post("/logout/")
    assert client.get("/desk/").status_code == 302
