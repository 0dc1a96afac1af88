"""A state plane in a file, so that threads meet on real locks."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper


@contextmanager
def on_file_database(folder: Path, *apps: str) -> Iterator[None]:
    """Point the default connection of every thread at a fresh file database with the schema of these apps."""
    settings = connections.settings["default"]
    kept_name, kept = settings["NAME"], connections["default"]
    settings["NAME"] = str(folder / "state.sqlite3")
    _forget()
    try:
        for app in apps:
            call_command("migrate", app, verbosity=0, interactive=False)
        yield
    finally:
        connections["default"].close()
        settings["NAME"] = kept_name
        connections["default"] = kept


def in_threads(workers: int, work: Callable[[int], object]) -> list[object]:
    """Run ``work(number)`` in as many threads at once, each with its own connection; raise what any raised."""

    def run(number: int) -> object:
        try:
            return work(number)
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(run, range(workers)))


def _forget() -> BaseDatabaseWrapper:
    del connections["default"]
    return connections["default"]
