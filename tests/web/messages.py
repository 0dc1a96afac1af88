"""Finds every message of the pages, and reads a .po file; in pure Python, because GNU gettext may be absent."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation.template import templatize

import wealthloop.web

WEB = Path(wealthloop.web.__file__).parent
CATALOGUE = WEB / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
_SIMPLE = {"_", "gettext", "gettext_lazy"}
_CONTEXT = {"pgettext", "pgettext_lazy"}
_PLURAL = {"ngettext", "ngettext_lazy"}
_CALL = re.compile(r"(?<![a-zA-Z])(n?gettext|_)\((.*?)\)(?=\s|$|X)", re.DOTALL)
_TEXT = re.compile(r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")


@dataclass(frozen=True, slots=True, order=True)
class Message:
    """What is to be translated; ``context`` and ``plural`` are empty for most."""

    context: str
    text: str
    plural: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a .po file."""

    message: Message
    translations: tuple[str, ...]
    fuzzy: bool


def wanted() -> set[Message]:
    """Return every message of the room's code and templates."""
    found = {message for path in WEB.rglob("*.py") for message in _in_code(path.read_text(encoding="utf-8"))}
    found |= {message for path in WEB.rglob("*.html") for message in _in_template(path)}
    return found


def entries(path: Path = CATALOGUE) -> list[Entry]:
    """Return the entries of a .po file, its header left out."""
    blocks = path.read_text(encoding="utf-8").strip().split("\n\n")
    return [entry for entry in map(_entry, blocks) if entry is not None]


def _entry(block: str) -> Entry | None:
    parts: dict[str, str] = {}
    key = ""
    for line in block.splitlines():
        if line.startswith("#"):
            continue
        named = re.match(r"(msg[a-z_]+(?:\[\d+\])?) (.+)", line)
        key = named[1] if named else key
        parts[key] = parts.get(key, "") + str(ast.literal_eval(named[2] if named else line))
    if not parts.get("msgid"):
        return None
    message = Message(parts.get("msgctxt", ""), parts["msgid"], parts.get("msgid_plural", ""))
    told = tuple(text for name, text in sorted(parts.items()) if name.startswith("msgstr"))
    return Entry(message, told, fuzzy="#, fuzzy" in block)


def _in_code(source: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            words = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            if node.func.id in _SIMPLE and words:
                yield Message("", words[0])
            elif node.func.id in _CONTEXT and len(words) > 1:
                yield Message(words[0], words[1])
            elif node.func.id in _PLURAL and len(words) > 1:
                yield Message("", words[0], words[1])


def _in_template(path: Path) -> Iterator[Message]:
    source = path.read_text(encoding="utf-8")
    for call in _CALL.finditer(templatize(source)):
        texts = [ast.literal_eval(text) for text in _TEXT.findall(call[2])]
        if texts and call[1] == "ngettext":
            yield Message("", texts[0], texts[1])
        elif texts:
            yield Message("", texts[0])
