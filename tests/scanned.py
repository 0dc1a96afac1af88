"""A bank for tests that is made of scans alone: what the real one reads from its parts comes from the engine."""

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa

from wealthloop.bank import TABLES, BankTables, Fold, storage_schema
from wealthloop.bank.manifest import Part
from wealthloop.bank.resident import Days, State
from wealthloop.bank.versions import within_days
from wealthloop.features.kept import CannotKeep


class ScannedBank(BankTables):
    """Give a ``scan``, a ``has`` and an ``_engine``."""

    zone = ZoneInfo("Asia/Shanghai")

    def read(
        self, name: str, columns: Sequence[str], *, as_of: date | None = None, days: Days = (None, None)
    ) -> pa.Table:
        schema = pa.schema([storage_schema(TABLES[name]).field(column) for column in columns])
        rows = within_days(self.scan(name, as_of=as_of), TABLES[name], days)
        return self._engine.to_arrow(rows.select(*columns), name=name).cast(schema)

    def knows(self, name: str, *, as_of: date) -> bool:
        return self.read(name, ["known_at"], as_of=as_of).num_rows > 0

    def parts(self, name: str) -> tuple[Part, ...]:
        raise CannotKeep(f"{name} does not lie in parts")

    def folded(self, fold: Fold[State], *, as_of: date, before: date | None = None) -> State:
        until = (None, None if before is None else before - timedelta(days=1))
        return fold.step(fold.start, self.read(fold.table, fold.columns, as_of=as_of, days=until))
