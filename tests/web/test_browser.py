"""The desk in a real Chromium: it fits, cards come by themselves, keys work, nothing hinders anybody."""

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.web.conftest import OpenContext, Serve
from tests.web.making import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.filterwarnings("default")
PATIENCE = 20_000


@pytest.fixture(scope="module")
def live_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole home with a state file, made in a process of its own."""
    root = tmp_path_factory.mktemp("live") / "home"
    _in_home(root, "make")
    return root


@pytest.fixture(scope="module")
def address(live_home: Path, serve: Serve) -> str:
    return serve(live_home)


def test_a_card_fits_on_one_screen_in_both_languages(address: str, context: OpenContext) -> None:
    for language in ("zh-hans", "en"):
        page = _enter(context().new_page(), address, "rm2", language=language)
        page.wait_for_selector(".side > table")
        hidden = page.evaluate(
            "() => [document.documentElement, document.querySelector('.card-body')]"
            ".map((one) => one.scrollHeight - one.clientHeight)"
        )
        assert hidden == [0, 0], language


def test_a_card_is_claimed_worked_and_closed_by_keys_alone(address: str, context: OpenContext) -> None:
    page = _enter(context().new_page(), address, "rm1")
    first = page.locator("[data-open]").get_attribute("data-open")
    page.keyboard.press("j")
    page.wait_for_function("(first) => document.querySelector('[data-open]').dataset.open !== first", arg=first)
    second = page.locator("[data-open]").get_attribute("data-open")
    page.keyboard.press("c")
    page.locator(".card.state-claimed").wait_for(timeout=PATIENCE)
    page.keyboard.press("3")
    page.locator(".chip.chosen").wait_for(timeout=PATIENCE)
    page.keyboard.press("7")
    page.keyboard.type("travels until spring")
    page.keyboard.press("Enter")
    page.wait_for_function("(second) => document.querySelector('[data-open]').dataset.open !== second", arg=second)
    assert page.locator(f"#row-{second}").count() == 0
    assert "Not now" in page.locator(".told").inner_text()


def test_a_new_card_comes_without_a_reload_and_is_marked(live_home: Path, address: str, context: OpenContext) -> None:
    page = _enter(context().new_page(), address, "rm2")
    page.evaluate("() => { window.stays = true; }")
    before = page.locator("#cards [data-card]").count()
    _in_home(live_home, "card")
    page.locator("#row-fresh").wait_for(timeout=PATIENCE)
    assert page.locator("#cards [data-card]").count() == before + 1
    assert page.locator("#cards [data-card]").first.get_attribute("data-card") == "fresh"
    page.locator("#row-fresh.arrived .new").wait_for(timeout=PATIENCE)
    assert "1 a new card has come" in page.locator("#arrived").inner_text()
    assert page.evaluate("() => window.stays")


def test_keys_can_be_switched_off(address: str, context: OpenContext) -> None:
    page = _enter(context().new_page(), address, "rm1")
    page.keyboard.press("?")
    page.locator("#keys-on").uncheck()
    page.locator("dialog .act").click()
    first = page.locator("[data-open]").get_attribute("data-open")
    page.keyboard.press("j")
    page.wait_for_timeout(300)
    assert page.locator("[data-open]").get_attribute("data-open") == first


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_hinders_anybody_on_any_page(address: str, context: OpenContext, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    found: dict[str, str] = {}
    for username, rooms in (
        ("rm1", ("/desk/", "/customers/", "/customers/C1/", "/reports/")),
        ("head", ("/years/", "/strategies/", "/segments/", "/bank/", "/no-such-page/")),
    ):
        page = _enter(context(scheme=scheme).new_page(), address, username)
        for room in rooms:
            page.goto(address + room)
            page.wait_for_load_state()
            if room == "/desk/":
                page.wait_for_selector(".side a")
            report = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
            if report.violations_count:
                found[room] = report.generate_report()
    assert not found, "\n".join(found.values())


def test_a_phone_gets_the_column(address: str, context: OpenContext) -> None:
    page = _enter(context(width=390, height=844).new_page(), address, "rm2", language="zh-hans")
    page.wait_for_selector(".side a")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_a_phone_scrolls_the_benchmarks_tables_and_not_the_page(address: str, context: OpenContext) -> None:
    for language in ("zh-hans", "en"):
        page = _enter(context(width=390, height=844).new_page(), address, "head", language=language)
        page.goto(f"{address}/years/")
        page.wait_for_load_state()
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390, language


def test_the_benchmarks_policies_fit_side_by_side_on_a_desk_screen(address: str, context: OpenContext) -> None:
    for language in ("zh-hans", "en"):
        page = _enter(context().new_page(), address, "head", language=language)
        page.goto(f"{address}/years/")
        page.wait_for_load_state()
        hidden = page.evaluate(
            "() => [...document.querySelectorAll('.wide')].map((one) => one.scrollWidth - one.clientWidth)"
        )
        assert hidden
        assert max(hidden) == 0, language


def _enter(page: "Page", address: str, username: str, *, language: str = "en") -> "Page":
    """Log in."""
    page.set_default_timeout(PATIENCE)
    page.context.add_cookies([{"name": "django_language", "value": language, "url": address}])
    page.goto(f"{address}/login/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.click("main .act")
    page.wait_for_selector(".rail nav")
    page.wait_for_load_state()
    return page


def _in_home(root: Path, what: str) -> None:
    environment = {**os.environ, "WEALTHLOOP_HOME": str(root)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.web.making", str(root), what], env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
