"""The evening of a day of a year, home and memory, kept so that a year that is killed goes on from it."""

import pickle
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree, rmtree
from typing import Final

from django.db import connection

_HOME: Final = "home"
_MEMORY: Final = "memory.pickle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evening:
    """A folder with the newest evening of a job, if any; one written by the same code, as the job's results are."""

    folder: Path

    def keep(self, root: Path, memory: object) -> None:
        """Keep a home and a memory instead of what was kept before, as a whole or not at all.

        Args:
            root: the home, its state plane open in this process and nothing under way in it.
            memory: what can be pickled.
        """
        connection.close()
        half = self.folder.with_suffix(".half")
        rmtree(half, ignore_errors=True)
        copytree(root, half / _HOME)
        (half / _MEMORY).write_bytes(pickle.dumps(memory, protocol=pickle.HIGHEST_PROTOCOL))
        rmtree(self._before, ignore_errors=True)
        if self.folder.exists():
            self.folder.replace(self._before)
        half.replace(self.folder)
        rmtree(self._before, ignore_errors=True)

    def lay(self, root: Path) -> bool:
        """Lay the kept home at an absent folder; return whether one was kept."""
        found = self._found
        if found is not None:
            copytree(found / _HOME, root)
        return found is not None

    def memory(self) -> object:
        """Return the kept memory; the rooms that it is of must be loaded."""
        found = self._found
        return None if found is None else pickle.loads((found / _MEMORY).read_bytes())  # noqa: S301 - written by keep

    def forget(self) -> None:
        """Remove what was kept."""
        for one in (self.folder, self._before, self.folder.with_suffix(".half")):
            rmtree(one, ignore_errors=True)

    @property
    def _before(self) -> Path:
        return self.folder.with_suffix(".before")

    @property
    def _found(self) -> Path | None:
        return next((one for one in (self.folder, self._before) if one.exists()), None)
