"""A bank for tests that is made of whole tables in memory: what the real one reads from its parts comes from these."""

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa

from wealthloop.bank import TABLES, BankTables, Fold, storage_schema
from wealthloop.bank.manifest import Part
from wealthloop.bank.resident import Days, State, _within
from wealthloop.bank.versions import day_column
from wealthloop.engines.types import Expr
from wealthloop.features.kept import CannotKeep


class ScannedBank(BankTables):
    """Give a ``table_at``, a ``has`` and an ``_engine``."""

    zone = ZoneInfo("Asia/Shanghai")

    def table_at(self, name: str, as_of: date | None) -> pa.Table:
        """Return the rows that count of a table, with every column of its ``storage_schema``."""
        raise NotImplementedError

    def scan(self, name: str, *, as_of: date | None = None) -> Expr:
        return self._engine.from_arrow(self.table_at(name, as_of))

    def read(
        self, name: str, columns: Sequence[str], *, as_of: date | None = None, days: Days = (None, None)
    ) -> pa.Table:
        """Return columns of a table; no engine is asked, as the real bank asks none of rows that nothing corrects."""
        schema = pa.schema([storage_schema(TABLES[name]).field(column) for column in columns])
        rows, day = self.table_at(name, as_of), day_column(TABLES[name])
        if day is not None and days != (None, None):
            rows = _within(rows, day, *days)
        return rows.select(list(columns)).cast(schema)

    def knows(self, name: str, *, as_of: date) -> bool:
        return self.read(name, ["known_at"], as_of=as_of).num_rows > 0

    def parts(self, name: str) -> tuple[Part, ...]:
        raise CannotKeep(f"{name} does not lie in parts")

    def folded(self, fold: Fold[State], *, as_of: date, before: date | None = None) -> State:
        until = (None, None if before is None else before - timedelta(days=1))
        return fold.step(fold.start, self.read(fold.table, fold.columns, as_of=as_of, days=until))
