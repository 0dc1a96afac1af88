"""The loop as a relationship manager lives it: a night makes a card, it comes by itself, is worked, and counts."""

import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import command
from tests.web.conftest import OpenContext, Serve
from wealthloop.cli.demo_people import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.filterwarnings("default")
FIRST_NIGHT = "2026-11-20"
PATIENCE = 40_000


def test_a_nights_card_comes_without_a_reload_is_worked_and_changes_the_report(
    fresh_bank: Path, tmp_path: Path, serve: Serve, context: OpenContext
) -> None:
    username = _who_will_get_cards(fresh_bank, tmp_path / "foreseen")
    home = tmp_path / "home"
    shutil.copytree(fresh_bank, home)
    address = serve(home)
    page = _enter(context().new_page(), address, username)
    assert page.locator("#cards [data-card]").count() == 0
    page.evaluate("() => { window.stays = true; }")

    command("run", "--as-of", FIRST_NIGHT, "--home", home)
    page.locator("#cards [data-card]").first.wait_for(timeout=PATIENCE)
    page.locator(".card [data-key=c]").wait_for(timeout=PATIENCE)
    assert page.evaluate("() => window.stays")
    untouched = _card_work(page.context.new_page(), address)

    worked = page.locator("[data-open]").get_attribute("data-open")
    page.keyboard.press("c")
    page.locator(".card.state-claimed").wait_for(timeout=PATIENCE)
    page.keyboard.press("2")
    page.locator(".done li").nth(1).wait_for(timeout=PATIENCE)
    page.keyboard.press("3")
    page.locator(".chip.chosen").wait_for(timeout=PATIENCE)
    page.keyboard.press("7")
    page.keyboard.type("客户下月再谈")
    page.keyboard.press("Enter")
    page.locator(f"#row-{worked}").wait_for(state="detached", timeout=PATIENCE)
    assert _state_of(worked, home) == "closed"
    assert _card_work(page.context.new_page(), address) != untouched


def _who_will_get_cards(bank: Path, foreseen: Path) -> str:
    """Run the night in a copy, and return the login of whoever gets the most cards: the same night gives the same."""
    shutil.copytree(bank, foreseen)
    command("run", "--as-of", FIRST_NIGHT, "--home", foreseen)
    query = "SELECT staff_id FROM delivery_card GROUP BY staff_id ORDER BY COUNT(*) DESC, staff_id LIMIT 1"
    with sqlite3.connect(foreseen / "state.sqlite3") as connection:
        staff_id: str = connection.execute(query).fetchone()[0]
    return staff_id.lower()


def _state_of(card_id: str | None, home: Path) -> str:
    with sqlite3.connect(home / "state.sqlite3") as connection:
        query = "SELECT state FROM delivery_card WHERE intent_id = ?"
        state: str = connection.execute(query, (card_id,)).fetchone()[0]
    return state


def _card_work(page: "Page", address: str) -> list[str]:
    """Return what the report says of the work on cards, strategy by strategy."""
    page.goto(f"{address}/reports/")
    page.locator(".funnel .bar").first.wait_for(timeout=PATIENCE)
    return page.locator(".funnel").all_inner_texts()


def _enter(page: "Page", address: str, username: str) -> "Page":
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/login/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.click("main .act")
    page.wait_for_selector(".rail nav")
    return page
