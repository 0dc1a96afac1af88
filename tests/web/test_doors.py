"""Every page as anonymous, as the wrong role, as the right one, in both languages."""

import pytest
from django.test import Client

from tests.web.conftest import LogIn
from tests.web.making import make_card
from wealthloop.kit import Home

PAGES = {
    "/desk/": "rm1",
    "/desk/list/": "rm1",
    "/desk/cards/K1/": "rm1",
    "/desk/cards/K1/side/": "rm1",
    "/customers/": "rm1",
    "/customers/C1/": "rm1",
    "/reports/": "strategist",
    "/years/": "engineer",
    "/strategies/": "strategist",
    "/rhythm/": "strategist",
    "/growth/": "strategist",
    "/feedback/": "strategist",
    "/rules/": "strategist",
    "/library/": "strategist",
    "/incentives/": "strategist",
    "/fairness/": "strategist",
    "/segments/": "strategist",
    "/bank/": "engineer",
}
REFUSED = {
    "/desk/": "head",
    "/desk/list/": "strategist",
    "/desk/cards/K1/": "head",
    "/desk/cards/K1/side/": "head",
    "/customers/": "strategist",
    "/customers/C1/": "strategist",
    "/reports/": "engineer",
    "/years/": "rm1",
    "/rhythm/": "engineer",
    "/growth/": "rm1",
    "/feedback/": "rm1",
    "/segments/": "rm1",
    "/bank/": "rm1",
    "/rules/": "rm1",
    "/library/": "rm1",
    "/library/reassessment.yaml": "engineer",
    "/incentives/": "rm1",
    "/fairness/": "rm1",
    "/preview/": "head",
}


@pytest.mark.parametrize("page", [*PAGES, "/preview/", "/desk/stream/"])
@pytest.mark.usefixtures("home")
def test_sends_anonymous_people_to_the_login_page(page: str) -> None:
    answer = Client().get(page)
    if page == "/desk/stream/":
        assert answer.status_code == 403
    else:
        assert answer.headers["Location"] == f"/login/?next={page}"


@pytest.mark.usefixtures("home")
def test_tells_a_part_of_a_page_to_go_to_the_login_page_as_a_whole() -> None:
    answer = Client().get("/desk/list/", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/login/"
    assert not answer.content


@pytest.mark.parametrize(("page", "username"), REFUSED.items())
def test_refuses_a_role_that_has_no_such_room(page: str, username: str, log_in: LogIn) -> None:
    answer = log_in(username).get(page)
    assert answer.status_code == 403
    assert "This is not one of your rooms" in answer.content.decode()


@pytest.mark.parametrize(("page", "username"), PAGES.items())
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_shows_the_page_to_its_own_role(page: str, username: str, language: str, log_in: LogIn) -> None:
    make_card("K1")
    answer = log_in(username, language=language).get(page)
    assert answer.status_code == 200
    if "HX-Request" not in answer.request and "/cards/" not in page and "list" not in page:
        text = answer.content.decode()
        assert "2026-11-20" in text
        assert "江南银行" in text
        assert ("中文" if language == "en" else "English") in text
        assert 'lang="zh-Hans"' in text if language == "zh-hans" else '<html lang="en"' in text


@pytest.mark.parametrize("username", ["rm1", "head", "strategist", "engineer"])
def test_lists_only_rooms_that_open(username: str, log_in: LogIn) -> None:
    client = log_in(username)
    first = client.get("/", follow=True)
    assert first.status_code == 200
    rooms = [room.name for room in first.context["frame"].rooms]
    assert rooms
    for room in rooms:
        assert client.get(f"/{room}/").status_code == 200


def test_forbids_scripts_that_are_not_ours(log_in: LogIn) -> None:
    answer = log_in("rm1").get("/desk/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_shows_a_page_of_ours_for_an_address_that_does_not_exist(log_in: LogIn) -> None:
    answer = log_in("rm1").get("/no-such-page/")
    assert answer.status_code == 404
    assert "Nothing here" in answer.content.decode()


def test_shows_the_previews_room_in_a_demonstration_bank_only(log_in: LogIn, home: Home) -> None:
    assert "preview" not in [room.name for room in log_in("head").get("/reports/").context["frame"].rooms]
    home.with_kind("demonstration")
    try:
        answer = log_in("head").get("/preview/")
        assert answer.status_code == 200
        assert "No preview was written" in answer.content.decode()
    finally:
        home.with_kind("simulated")
