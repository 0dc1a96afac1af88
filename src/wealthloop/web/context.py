"""The home that this process serves, its bank tables and its engine; one of each, renewed when a night ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from threading import RLock

from wealthloop.bank import BankTables
from wealthloop.config import ProcessSettings
from wealthloop.engines import DuckDBEngine, Engine
from wealthloop.errors import HomeError
from wealthloop.kit import Home, content_hash

_ENGINE = RLock()
"""One in-memory engine serves every page; two threads must not talk over one connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the pages read from."""

    home: Home
    engine: Engine
    bank: BankTables
    as_of: date | None
    """The newest complete night; None before the first."""
    version: str
    """Changes with the newest night and with the tables, so that it may key what is computed from them."""


def site() -> Site:
    """Return the home that WEALTHLOOP_HOME names, as of its newest night.

    Raises:
        HomeError: no home is named, or it cannot be opened.
    """
    root = ProcessSettings().home
    if root is None:
        raise HomeError("WEALTHLOOP_HOME is not set, start the pages with 'wealthloop serve --home DIR'")
    return _site(Home.open(root), _pointers(root))


@contextmanager
def reading(place: Site) -> Iterator[tuple[BankTables, Engine]]:
    """Lend the bank tables and the engine to one thread at a time."""
    with _ENGINE:
        yield place.bank, place.engine


def _pointers(root: Path) -> str:
    """Return what names the newest night and the newest tables."""
    files = (root / "CURRENT", root / "tables" / "CURRENT")
    return "\n".join(file.read_text(encoding="utf-8") if file.exists() else "" for file in files)


@lru_cache(maxsize=1)
def _engine() -> Engine:
    return DuckDBEngine()


@lru_cache(maxsize=4)
def _site(home: Home, pointers: str) -> Site:
    engine, version = _engine(), content_hash(pointers.encode())
    return Site(home=home, engine=engine, bank=BankTables(home, engine), as_of=home.current(), version=version)
