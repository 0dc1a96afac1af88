"""One load of a home at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from wealthloop.errors import Conflict
from wealthloop.kit import Home


@contextmanager
def only_load(home: Home) -> Iterator[None]:
    """Hold the home's tables for a load; the lock goes with the process, however it ends.

    Raises:
        Conflict: another load is under way.
    """
    home.tables.mkdir(parents=True, exist_ok=True)
    with (home.tables / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(f"{home.root}: another load is under way, wait until it has ended") from error
        yield
