from importlib import resources
from pathlib import Path

import pytest

from wealthloop.errors import DocumentError
from wealthloop.sandbox import load_world


def _default() -> str:
    return (resources.files("wealthloop.sandbox") / "worlds" / "default.toml").read_text(encoding="utf-8")


def _saved(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_default_world_is_shipped() -> None:
    world = load_world("default")

    assert world.name == "default"
    assert len({product.product_id for product in world.products}) == len(world.products) >= 25


def test_every_parameter_of_the_default_world_says_where_it_comes_from() -> None:
    part, said = "", False
    for line in _default().split("# The shelf")[0].splitlines():
        if line.startswith("["):
            part, said = line, "#" in line or (said and line.startswith(("[appetite.stage", "[channels")))
        said = said or line.startswith("#")
        assert said or "#" in line or "=" not in line, f"{part} {line}"


def test_every_wrong_key_and_value_is_named_by_its_path(tmp_path: Path) -> None:
    text = _default().replace("top_share = 0.81", "top_share = 8").replace("[desk] ", "[desk]\nshine = 1\n")

    with pytest.raises(DocumentError) as caught:
        load_world(_saved(tmp_path, text))

    assert "key wealth.top_share" in str(caught.value)
    assert "key desk.shine" in str(caught.value)


def test_an_unknown_category_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"appetite\.held\.tulips"):
        load_world(_saved(tmp_path, _default().replace("[appetite.held] ", "[appetite.held]\ntulips = 0.1\n")))


def test_a_missing_channel_is_named(tmp_path: Path) -> None:
    begin = _default().index("[channels.wecom]")
    end = _default().index("[desk]")

    with pytest.raises(DocumentError, match="key channels: .*has no wecom"):
        load_world(_saved(tmp_path, _default()[:begin] + _default()[end:]))


def test_a_file_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="not readable as TOML"):
        load_world(_saved(tmp_path, "version = ["))


def test_an_unknown_world_is_refused() -> None:
    with pytest.raises(DocumentError, match="world == atlantis"):
        load_world("atlantis")


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="not readable"):
        load_world(tmp_path / "none.toml")
