"""What every room's tests may use: a small simulated bank, made once by the command itself."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import pytest
from filelock import FileLock
from hypothesis import settings

from tests.starts import start

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", derandomize=False, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


def command(
    *words: str | Path, timeout: float = 300, code: int = 0, alone: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run the ``wealthloop`` command in a process of its own and check its exit code.

    Args:
        words: what follows ``wealthloop``.
        timeout: seconds after which it is killed and the test fails.
        code: the exit code that is wanted.
        alone: start a new interpreter, whose hash seed is its own, rather than a fork that has libraries loaded.
    """
    done = (_alone if alone else _forked)([str(word) for word in words], timeout)
    assert done.returncode == code, (
        f"exit {done.returncode}, wanted {code}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    )
    return done


def _alone(words: list[str], timeout: float) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*command_line(), *words], capture_output=True, text=True, timeout=timeout, env=environment(), check=False
    )


def _forked(words: list[str], timeout: float) -> subprocess.CompletedProcess[str]:
    with TemporaryDirectory(prefix="wealthloop-command-") as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        code = start(words, environment=environment(), out=out, err=err).wait(timeout)
        return subprocess.CompletedProcess(words, code, out.read_text("utf-8"), err.read_text("utf-8"))


def environment() -> dict[str, str]:
    """Return this process's environment without a home."""
    return {key: value for key, value in os.environ.items() if key != "WEALTHLOOP_HOME"}


def command_line() -> Sequence[str]:
    """The words that start our command with this interpreter."""
    return (sys.executable, "-c", "from wealthloop.cli import main; main()")


def json_of(*words: str | Path, timeout: float = 300, alone: bool = False) -> dict[str, Any]:
    """Run a command with ``--json`` and return the object that it printed."""
    printed: dict[str, Any] = json.loads(command(*words, "--json", timeout=timeout, alone=alone).stdout)
    return printed


class Once(Protocol):
    """Gives a folder that the first test process which asks makes for all; copy what is in it before changing it."""

    def __call__(self, name: str, make: Callable[[Path], object]) -> Path: ...


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Once:
    """Return a function that lets a folder be made once for all test processes."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent

    def made(name: str, make: Callable[[Path], object]) -> Path:
        folder, done = shared / f"once-{name}", shared / f"once-{name}.done"
        with FileLock(str(shared / f"once-{name}.lock")):
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                make(folder)
                done.touch()
        return folder

    return made


@pytest.fixture(scope="session")
def demo(once: Once) -> tuple[Path, dict[str, Any]]:
    """A demo bank of 700 customers after two nights; copy it before changing it."""
    return _demo_of(once, "demo", days=2)


@pytest.fixture(scope="session")
def fresh_bank(once: Once) -> Path:
    """The home of a simulated bank of 700 customers before its first night; copy it before changing it."""
    return _demo_of(once, "fresh", days=0)[0]


def _demo_of(once: Once, name: str, *, days: int) -> tuple[Path, dict[str, Any]]:
    words = ("demo", "--no-serve", "--seed", "7", "--customers", "700", "--days", str(days), "--home")

    def make(folder: Path) -> None:
        printed = json_of(*words, folder / "home", alone=True)
        (folder / "printed.json").write_text(json.dumps(printed), encoding="utf-8")

    folder = once(name, make)
    return folder / "home", json.loads((folder / "printed.json").read_text(encoding="utf-8"))
