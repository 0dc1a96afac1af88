"""The bank's tables as an evaluation reads them."""

from collections.abc import Sequence
from datetime import date

import pyarrow as pa

from wealthloop.bank import BankTables
from wealthloop.bank.converted import Cells
from wealthloop.bank.converted import compute as pc
from wealthloop.bank.resident import Days
from wealthloop.features import GROUPS, first_seen, last_seen

_GROUPS = {group.name: group for group in GROUPS}


class BankRows:
    """Reads what the bank knew at the end of a day."""

    def __init__(self, bank: BankTables) -> None:
        self._bank = bank

    def read(
        self, name: str, columns: Sequence[str], *, as_of: date | None = None, days: Days = (None, None)
    ) -> pa.Table:
        """Return columns of the rows of some days as known at the end of ``as_of``, the newest of each key."""
        return self._bank.read(name, columns, as_of=as_of, days=days)

    def last_seen(self, group: str, ids: Cells, *, as_of: date, before: date) -> list[date | None]:
        """Return the last day before ``before`` with a row of one of the features' groups, None without any."""
        return last_seen(self._bank, _GROUPS[group], ids, as_of=as_of, before=before)

    def first_seen(self, group: str, *, as_of: date) -> date | None:
        """Return the first day of all with a row of the group, None without any."""
        try:
            return first_seen(self._bank, _GROUPS[group], as_of=as_of)
        except KeyError:
            return None

    def snapshots(self, table: str, *, as_of: date, first: date) -> list[date]:
        """Return the days from ``first`` to ``as_of`` on which the table shows a state, ascending."""
        read = self._bank.read(table, ("as_of",), as_of=as_of, days=(first, as_of))
        found: list[date] = pc.unique(read["as_of"]).sort().to_pylist()
        return found
