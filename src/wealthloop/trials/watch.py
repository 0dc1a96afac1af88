"""A home that watches a world through its tables alone, for policies that need features but no nights."""

from datetime import date
from pathlib import Path
from shutil import rmtree

import numpy as np
import pyarrow as pa

from wealthloop import features, scoring
from wealthloop.bank import BankTables, ingest
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home
from wealthloop.sandbox import Floats
from wealthloop.scoring.matrix import PREDICTORS, matrix_of

RESPONSE = "response/non_money_funds/30d"
_SEED = 7


class Watch:
    """The bank's tables of one world, day by day, and what is made of them."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._engine = DuckDBEngine()
        self._bank = BankTables(home, self._engine)
        self._built: tuple[date, pa.Table] | None = None

    def files(self, day: date) -> Path:
        """Return the folder in which the tables of a day are handed over."""
        return self.home.root / "handed-over" / day.isoformat()

    def load(self, day: date) -> None:
        """Load the handed-over tables of a day and forget the files."""
        ingest(self.home, self.files(day), mapping=None, as_of=day, accept=True)
        rmtree(self.files(day))
        self._bank = BankTables(self.home, self._engine)

    def features(self, as_of: date) -> pa.Table:
        """Return the platform's features of the evening of a day, built once."""
        if self._built is None or self._built[0] != as_of:
            self._built = (as_of, features.build(self._bank, self._engine, as_of=as_of))
        return self._built[1]

    def matrix(self, as_of: date) -> Floats:
        """Return what models may learn from, shape (n_customers, n_predictors)."""
        return matrix_of(self.features(as_of), PREDICTORS)

    def propensity(self, day: int) -> Floats:
        """Return the platform's own response score of funds as of the evening before a day, trained monthly.

        Shape (n_customers,), NaN where there is none.
        """
        as_of = evening_before(day)
        specs = [spec for spec in scoring.SPECS if spec.model_id == RESPONSE]
        if not scoring.fresh(self.home, as_of=as_of, specs=specs):
            scoring.train(self._bank, self._engine, self.home, as_of=as_of, seed=_SEED, specs=specs)
        scores = scoring.score(self.home, self.features(as_of))
        if RESPONSE not in scores.column_names:
            return np.full(scores.num_rows, np.nan)
        return np.array(scores[RESPONSE].to_numpy(), dtype=np.float64)


def evening_before(day: int) -> date:
    """Return the day before a day number."""
    found: date = (np.datetime64(day, "D") - np.timedelta64(1, "D")).astype(date)
    return found
