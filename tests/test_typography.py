"""Chinese that people read has Chinese punctuation: in Python's texts, the pages' catalogue, and what ships as data."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.messages import entries

SOURCE = Path(__file__).parents[1] / "src" / "wealthloop"
HAN = "[\u3400-\u9fff]"
BETWEEN = re.compile(rf"{HAN}\s?[,.:;?!()]\s?{HAN}")
"""Half a width of punctuation within a Chinese sentence; numbers keep it, as in ``+1,240(310 至 2,180)``."""
BEFORE = re.compile(rf"{HAN}[,:;?!]")
"""The same where a number or a name follows; data has it in its own syntax (``{{zh: 工资, en: salary}}``)."""
VERSIONED = ("insight/tags/", "policies/rules/", "sandbox/worlds/", "scoring/specs.py")
"""Whose digests or contents homes, models and years have kept: their words change with their next version."""


def _files(*suffixes: str) -> list[Path]:
    found = [path for path in sorted(SOURCE.rglob("*")) if path.suffix in suffixes and "static" not in path.parts]
    return [path for path in found if not str(path.relative_to(SOURCE)).startswith(VERSIONED)]


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and text of each string of a module but docstrings; what is put into one stands as a 0."""
    source = path.read_text(encoding="utf-8")
    if not re.search(rf"{HAN}\s?[,.:;?!()]", source):
        return
    tree = ast.parse(source)
    whole = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr | ast.Expr)]
    parts = {id(part) for node in whole for part in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(str(one.value) if isinstance(one, ast.Constant) else "0" for one in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield node.lineno, node.value


def faults(text: str) -> list[str]:
    """Return the places of a text where half-width punctuation stands in Chinese."""
    return [found.group() for pattern in (BETWEEN, BEFORE) for found in pattern.finditer(text)]


def test_texts_in_python_have_chinese_punctuation() -> None:
    found = [
        f"{path.relative_to(SOURCE)}:{line}: {fault}"
        for path in _files(".py")
        for line, text in _texts(path)
        for fault in faults(text)
    ]
    assert found == []


def test_the_pages_have_chinese_punctuation() -> None:
    assert [fault for entry in entries() for told in entry.translations for fault in faults(told)] == []


def test_what_ships_as_data_has_chinese_punctuation() -> None:
    files = _files(".yaml", ".toml", ".json", ".html")
    assert len(files) > 20
    found = [f"{path.name}: {one.group()}" for path in files for one in BETWEEN.finditer(path.read_text("utf-8"))]
    assert found == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("再多一个单位，约多得 3。", []),
        ("cards (rm r1)：上限 2，已用 2", []),
        ("单位,约", ["位,约", "位,"]),
        ("月日均: 3", ["均:"]),
        ("太小, 无法", ["小, 无", "小,"]),
        ("资产(估计)", ["产(估"]),
        ("AUM 为 0.50，1,000 位", []),
    ],
)
def test_half_a_width_is_found(text: str, wrong: list[str]) -> None:
    assert faults(text) == wrong
