"""Every message has its Chinese, and every Chinese its message."""

import re

from tests.web.messages import WEB, entries, wanted


def test_every_message_of_the_pages_stands_in_the_catalogue() -> None:
    assert wanted() - {entry.message for entry in entries()} == set()


def test_the_catalogue_holds_nothing_that_no_page_says() -> None:
    assert {entry.message for entry in entries()} - wanted() == set()


def test_no_message_is_untranslated_or_fuzzy() -> None:
    assert [entry.message for entry in entries() if entry.fuzzy or not all(entry.translations)] == []


def test_translations_keep_their_placeholders() -> None:
    for entry in entries():
        for told in entry.translations:
            assert _placeholders(told) == _placeholders(entry.message.text), entry.message


def test_the_search_for_messages_sees_every_kind() -> None:
    found = {(message.context, message.text) for message in wanted()}
    assert ("", "Why now") in found
    assert ("card", "Won") in found
    assert ("", "%(left)s day left") in found
    assert ("", "Nothing was changed.") in found


def test_no_page_holds_a_script_or_style_of_its_own() -> None:
    for path in WEB.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", text), path.name


def _placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\([a-z_]+\)[sd]", text))
