"""What a year keeps of an evening: all of it or what was there before."""

from pathlib import Path

import pytest
from django.db import connection
from django.db.backends.signals import connection_created

from wealthloop.trials import evening as room
from wealthloop.trials import platform
from wealthloop.trials.evening import Evening


def _home(root: Path, text: str) -> Path:
    root.mkdir(exist_ok=True)
    (root / "home.toml").write_text(text, "utf-8")
    return root


def test_the_newest_evening_is_laid_out_with_its_memory(tmp_path: Path) -> None:
    one = Evening(folder=tmp_path / "loop.evening")
    assert not one.lay(tmp_path / "nothing")
    assert one.memory() is None
    for text in ("first", "second"):
        one.keep(_home(tmp_path / "home", text), {"evening": text})
    assert one.lay(tmp_path / "laid")
    assert (tmp_path / "laid" / "home.toml").read_text("utf-8") == "second"
    assert one.memory() == {"evening": "second"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "laid", "loop.evening"]
    one.forget()
    assert not one.lay(tmp_path / "again")


@pytest.mark.parametrize("cut", ["copytree", "replace"])
def test_a_death_while_keeping_leaves_the_evening_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    one = Evening(folder=tmp_path / "loop.evening")
    one.keep(_home(tmp_path / "home", "first"), "first")

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    replace = Path.replace
    with monkeypatch.context() as patched:
        if cut == "copytree":
            patched.setattr(room, "copytree", die)
        else:
            patched.setattr(Path, "replace", lambda path, to: die() if path.suffix == ".half" else replace(path, to))
        with pytest.raises(KeyboardInterrupt):
            one.keep(_home(tmp_path / "home", "second"), "second")
    assert one.memory() == "first"
    assert one.lay(tmp_path / "laid")
    one.keep(_home(tmp_path / "home", "third"), "third")
    assert one.memory() == "third"


@pytest.mark.django_db
def test_a_trial_does_not_wait_for_the_disk_however_often_its_state_plane_is_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = connection.copy()
    monkeypatch.setattr(platform, "connection", own)
    try:
        platform.spare_the_disk()
        for _ in range(2):
            with own.cursor() as cursor:
                cursor.execute("PRAGMA synchronous")
                assert cursor.fetchone() == (0,)
            own.close()
    finally:
        assert connection_created.disconnect(dispatch_uid="_not_waiting")
