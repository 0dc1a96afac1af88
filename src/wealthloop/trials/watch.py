"""A home that watches a world through its tables alone, for policies that need features but no nights."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from shutil import rmtree
from typing import Final

import numpy as np
import pyarrow as pa

from wealthloop import features, scoring
from wealthloop.bank import BankTables, ingest
from wealthloop.engines import DuckDBEngine
from wealthloop.errors import InvalidInput
from wealthloop.kit import Home
from wealthloop.sandbox import Floats
from wealthloop.scoring.matrix import PREDICTORS, matrix_of

RESPONSE: Final = "response/non_money_funds/30d"
_SEED: Final = 7
_SNAPSHOTS: Final = ("features", "scores", "insight")


def forget_snapshots(home: Home, *, before: date) -> None:
    """Remove the snapshots of days before one: a year of them would fill a disk."""
    for name in _SNAPSHOTS:
        folder: Path = getattr(home, name)
        for path in folder.rglob("????-??-??.parquet"):
            if path.stem < before.isoformat():
                path.unlink()


class Watch:
    """The bank's tables of one world, and what is made of them as of the newest evening that is loaded."""

    def __init__(self, home: Home, *, loaded: date | None = None, every: int = 1) -> None:
        """Watch a world.

        Args:
            home: where its tables are loaded.
            loaded: the newest evening in the home already, None for an empty one.
            every: how many days of tables are loaded at a time.
        """
        self.home = home
        self._every = every
        self._loaded = loaded
        self._waiting = 0
        self._engine = DuckDBEngine()
        self._built: tuple[date, pa.Table] | None = None

    def files(self, day: date) -> Path:
        """Return the folder in which the tables of a day are handed over."""
        return self._handed_over / day.isoformat()

    def take(self, day: date) -> None:
        """Load the tables handed over since the last load, once enough days wait, and forget the files."""
        self._waiting += 1
        if self._waiting >= self._every:
            self.flush(day)

    def flush(self, day: date) -> None:
        """Load what waits, up to a day."""
        ingest(self.home, self._handed_over, mapping=None, as_of=day, accept=True)
        rmtree(self._handed_over)
        self._waiting, self._loaded = 0, day

    def matrix(self) -> Floats:
        """Return what models may learn from, shape (n_customers, n_predictors)."""
        return self.columns(PREDICTORS)

    def columns(self, names: Sequence[str]) -> Floats:
        """Return some features of the newest evening that is loaded, shape (n_customers, n_names)."""
        return matrix_of(self._features(), names)

    def propensity(self) -> Floats:
        """Return the platform's own response score of funds, its model trained monthly.

        Shape (n_customers,), NaN where there is none.
        """
        table, as_of = self._features(), self.evening
        specs = [spec for spec in scoring.SPECS if spec.model_id == RESPONSE]
        if not scoring.fresh(self.home, as_of=as_of, specs=specs):
            bank = BankTables(self.home, self._engine)
            scoring.train(bank, self._engine, self.home, as_of=as_of, seed=_SEED, specs=specs)
        scores = scoring.score(self.home, table)
        if RESPONSE not in scores.column_names:
            return np.full(scores.num_rows, np.nan)
        return np.array(scores[RESPONSE].to_numpy(), dtype=np.float64)

    @property
    def _handed_over(self) -> Path:
        return self.home.root / "handed-over"

    @property
    def evening(self) -> date:
        """The newest evening that is loaded."""
        if self._loaded is None:
            raise InvalidInput("tables == none, must be loaded first: call Watch.take")
        return self._loaded

    def _features(self) -> pa.Table:
        """Return the platform's features of the newest evening, built once; the evening before is forgotten."""
        if self._built is None or self._built[0] != self.evening:
            bank = BankTables(self.home, self._engine)
            table = features.update(bank, self._engine, self.home, as_of=self.evening)
            forget_snapshots(self.home, before=self.evening)
            self._built = (self.evening, table)
        return self._built[1]
