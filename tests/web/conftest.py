"""Homes for the pages, people who look at them, a live server and a real browser."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Protocol
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from django.test import Client

from tests.web.making import make_bank, make_home, make_people
from wealthloop.access.models import Person
from wealthloop.kit import Home

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_ARGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


class LogIn(Protocol):
    """Gives a browser in which a person has logged in."""

    def __call__(self, username: str, *, language: str = "en") -> Client: ...


Serve = Callable[[Path], str]
OpenContext = Callable[..., "BrowserContext"]


@pytest.fixture(scope="session")
def bank_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with a small bank's tables and insight; its state plane is each test's own."""
    home = make_home(tmp_path_factory.mktemp("web") / "home")
    make_bank(home)
    return home


@pytest.fixture
def home(bank_home: Home, monkeypatch: pytest.MonkeyPatch, db: None) -> Home:  # noqa: ARG001 - opens the state plane
    """The home that the pages show in a test, with people in it."""
    monkeypatch.setenv("WEALTHLOOP_HOME", str(bank_home.root))
    rmtree(bank_home.root / "forecasts", ignore_errors=True)
    make_people()
    return bank_home


@pytest.fixture
def log_in(home: Home) -> LogIn:  # noqa: ARG001 - people exist only in a home
    """Return a function that gives a browser in which a person has logged in, in English."""

    def logged_in(username: str, *, language: str = "en") -> Client:
        client = Client(headers={"accept-language": language})
        client.force_login(Person.objects.get(username=username))
        return client

    return logged_in


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Return a function that starts the server over a home and returns its address; every one is ended by its id."""
    started: list[subprocess.Popen[bytes]] = []
    logs = tmp_path_factory.mktemp("servers")

    def start(root: Path) -> str:
        port = _free_port()
        words = ["-m", "uvicorn", "wealthloop.web.asgi:application", "--port", str(port), "--lifespan", "off"]
        quiet = ["--log-level", "warning", "--timeout-graceful-shutdown", "1"]
        environment = {**os.environ, "WEALTHLOOP_HOME": str(root), "DJANGO_SETTINGS_MODULE": "wealthloop.settings"}
        with (logs / f"{port}.log").open("wb") as log:
            started.append(subprocess.Popen([sys.executable, *words, *quiet], env=environment, stdout=log, stderr=log))
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, started[-1], logs / f"{port}.log")
        return address

    yield start
    for process in started:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="module")  # its event loop would bar other modules of the process from the database
def browser() -> Iterator["Browser"]:
    """A real Chromium; without one the test is skipped and says so."""
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM}: install Debian's chromium to run the browser tests")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=str(CHROMIUM), args=list(CHROMIUM_ARGS))
        yield opened
        opened.close()


@pytest.fixture
def context(browser: "Browser") -> Iterator[OpenContext]:
    """Return a function that opens a window of its own: size and colour scheme are its arguments.

    An error in a page's script, or something that the pages' policy forbids, fails the test at its end.
    """
    opened: list[BrowserContext] = []
    wrong: list[str] = []

    def open_one(*, scheme: str = "light", width: int = 1280, height: int = 800) -> "BrowserContext":
        one = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        one.on("weberror", lambda error: wrong.append(str(error.error)))
        one.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
        opened.append(one)
        return one

    yield open_one
    for one in opened:
        one.close()
    assert not wrong


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with urlopen(f"{address}/login/", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"the server did not answer: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")
