"""One night at a time on a home: a lock that the kernel drops when its process ends, however it ends."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from wealthloop.errors import Conflict
from wealthloop.kit import Home


@contextmanager
def only_run(home: Home) -> Iterator[None]:
    """Hold the home's run lock.

    Raises:
        Conflict: another process holds it.
    """
    with (home.root / "run.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict("another night runs on this home, wait until it ends") from error
        yield
