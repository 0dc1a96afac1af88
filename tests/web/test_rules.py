"""The page of the rules, in both languages, with what a kept night says that they cost."""

import json
import shutil
from collections.abc import Iterator

import pytest

from tests.web.conftest import LogIn
from wealthloop.errors import HomeError
from wealthloop.kit import Home, write_atomic
from wealthloop.policies.pack import load_pack
from wealthloop.rehearsal.rulekept import kept

KEPT = {
    "as_of": "2026-11-20", "leads": 90, "value": 654_700,
    "rules": {
        "FR-03": {"candidates": 40, "customers": 31, "value": 3_520_300, "cost": 3_151_200},
        "SU-03": {"candidates": 9, "customers": 4, "value": 633_800, "cost": 611_100},
    },
}  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_stays(home: Home) -> Iterator[None]:
    yield
    shutil.rmtree(home.root / "rulecosts", ignore_errors=True)


def keep(home: Home, text: str) -> None:
    write_atomic(home.root / "rulecosts" / "2026-11-20.json", text.encode())


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_rule_stands_with_its_citation_and_the_laws_apart(home: Home, log_in: LogIn, language: str) -> None:
    page = log_in("strategist", language=language).get("/rules/").content.decode()
    law, own = page.split('id="r-own"')
    for rule in load_pack().rules:
        assert f'id="{rule.rule_id}"' in (law if rule.kind == "legal" else own)
        assert (rule.text.zh if language == "zh-hans" else rule.text.en).replace("'", "&#x27;") in page
    assert "policies cost --keep" in page
    assert ("永不放宽" in page) == (language == "zh-hans")
    keep(home, json.dumps(KEPT))
    priced = log_in("strategist", language=language).get("/rules/").content.decode()
    assert "2026-11-20" in priced
    assert ("3.15 万" if language == "zh-hans" else "31.5 k") in priced
    assert "policies cost --keep" not in priced


def test_a_broken_file_says_what_to_do(home: Home) -> None:
    assert kept(home) is None
    keep(home, "{")
    with pytest.raises(HomeError, match=r"2026-11-20\.json: not readable .* policies cost --keep"):
        kept(home)
