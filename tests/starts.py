"""Processes of our command that start quickly: other people's libraries are loaded once, our own code by each process.

Nine tenths of a short command's time are the libraries that it loads. One process loads them and forks itself for
every command; the fork then reads our package as a new interpreter does, so that what a command forgets to import
is still missed. Forks of one parent share its hash seed: what must be equal in any two processes is asked of a
process ``alone`` as well.
"""

import atexit
import gc
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from select import select
from typing import IO, Any, Final

ROOT: Final = Path(__file__).parents[1]
LIBRARIES: Final = (
    "cryptography.hazmat.primitives.ciphers.aead", "django.core.management", "django.db.models", "duckdb",
    "ibis.backends.duckdb", "lightgbm", "numba", "pandas", "pyarrow.compute", "pyarrow.csv", "pyarrow.dataset",
    "pyarrow.parquet", "pydantic_settings", "rich.console", "rich.progress", "rich.table", "scipy.optimize",
    "scipy.sparse.linalg", "scipy.stats", "sklearn.linear_model", "structlog", "threadpoolctl", "tomli_w", "typer",
    "typer.main", "yaml",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A command that runs; the next may start when its end has been waited for."""

    pid: int
    parent: subprocess.Popen[bytes]

    def wait(self, timeout: float) -> int:
        """Return its exit code, negative where a signal ended it; it is killed when its time is up.

        Raises:
            TimeoutError: it had not ended after ``timeout`` seconds.
        """
        answers = _pipe(self.parent.stdout)
        late = not select([answers], [], [], timeout)[0]
        if late:
            os.kill(self.pid, signal.SIGKILL)
        code = int(answers.readline())
        if late:
            raise TimeoutError(f"the command had not ended after {timeout:.0f} s")
        return code


def start(words: Sequence[str], *, environment: Mapping[str, str], out: Path, err: Path) -> Started:
    """Start the command with its words in a process of its own that prints into two files."""
    parent = _parent()
    asked = {"words": [*words], "environment": {**environment}, "folder": str(Path.cwd()), "to": [str(out), str(err)]}
    _pipe(parent.stdin).write(json.dumps(asked).encode() + b"\n")
    pid = _pipe(parent.stdout).readline()
    assert pid, f"the process that starts commands has ended with {parent.wait()}"
    return Started(pid=int(pid), parent=parent)


@cache
def _parent() -> subprocess.Popen[bytes]:
    words = [sys.executable, "-c", "from tests.starts import serve; serve()"]
    parent = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, cwd=ROOT)
    atexit.register(parent.communicate)
    return parent


def _pipe(end: IO[bytes] | None) -> IO[bytes]:
    assert end is not None
    return end


def serve() -> None:
    """Start what is asked for until nobody asks any more: a line asks, its process's id and its exit code answer."""
    for name in LIBRARIES:
        import_module(name)
    assert not [name for name in sys.modules if name.startswith("wealthloop")], "our own code is each command's to load"
    gc.freeze()
    while line := sys.stdin.readline():
        pid = os.fork()
        if pid == 0:
            _become(json.loads(line))
            return
        _answer(pid)
        _answer(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def _answer(number: int) -> None:
    os.write(1, f"{number}\n".encode())


def _become(asked: dict[str, Any]) -> None:
    """Be the command: its words, environment, folder and files are those of the asker."""
    for end, path in enumerate((os.devnull, *asked["to"])):
        file = os.open(path, os.O_RDONLY if end == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(file, end)
        os.close(file)
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    sys.argv[1:] = asked["words"]
    from wealthloop.cli import main

    main()
