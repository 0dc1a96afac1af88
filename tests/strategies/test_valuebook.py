"""The value book is complete, exact and dated."""

from pathlib import Path

import pytest

from wealthloop.bank.contract import CATEGORIES, CHANNELS
from wealthloop.errors import DocumentError
from wealthloop.kit import Home
from wealthloop.strategies.valuebook import SHIPPED, load_value_book

TEXT = SHIPPED.read_text(encoding="utf-8")


def home_with(tmp_path: Path, text: str) -> Home:
    home = Home.create(tmp_path / "home")
    (home.root / "value_book.yaml").write_text(text, encoding="utf-8")
    return home


def test_the_shipped_book_values_every_category_and_channel() -> None:
    book = load_value_book()
    assert set(book.worth) == set(CATEGORIES)
    assert set(book.contact_cost) == set(CHANNELS)
    assert book.approved_by
    assert book.contact_cost["sms"] == 5


def test_a_value_is_fees_and_margin_over_the_holding_time_net_of_what_moves_over() -> None:
    book = load_value_book()
    assert book.value("fixed_income_plus_wm", 500_000_00) == round(500_000_00 * 0.006 * 1.2 * 0.75 * 300 / 365)
    assert book.value("time_deposit", 100_000_00) == 100_000_00 * 6 // 1000 // 2
    assert book.value("demand", 0) == 0
    with pytest.raises(KeyError):
        book.value("lottery", 1)


def test_a_home_may_have_its_own_book_and_its_digest_tells(tmp_path: Path) -> None:
    own = load_value_book(home_with(tmp_path, TEXT.replace("rm: 0.50", "rm: 20.00")))
    assert own.contact_cost["rm"] == 2_000
    assert own.digest != load_value_book().digest
    assert load_value_book(Home.create(tmp_path / "other")).digest == load_value_book().digest


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  demand:", "  cash_under_bed:", "categories: missing"),
        ("  wecom: 0.30", "  pigeon: 0.30", "contact_cost_yuan: missing"),
        ("sms: 0.05", "sms: 0.055", "contact_cost_yuan.sms"),
        ("sms: 0.05", "sms: -1", "contact_cost_yuan.sms"),
        ("cannibalisation: 0.6", "cannibalisation: 1.6", "categories.demand.cannibalisation"),
        ("approved_by: asset-liability committee", "approved_by: ''", "approved_by"),
        ("version: 1", "version: [", "YAML"),
    ],
)
def test_what_is_wrong_with_a_book_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        load_value_book(home_with(tmp_path, TEXT.replace(old, new, 1)))
