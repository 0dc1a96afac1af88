"""What makers of facts are asked with."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import pyarrow as pa

from wealthloop.bank import BankTables
from wealthloop.insight.columns import Ids
from wealthloop.insight.months import MonthlyAum


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A bank at the end of a day, and the customers for whom facts are made, in the order of ``features``."""

    bank: BankTables
    as_of: date
    features: pa.Table
    """Of ``features.build`` of the same day."""
    months: MonthlyAum | None
    """Of the same customers."""
    zone: ZoneInfo
    """The bank's."""

    @property
    def ids(self) -> Ids:
        """The customers."""
        return self.features["customer_id"].combine_chunks()

    @property
    def size(self) -> int:
        """How many customers there are."""
        return self.features.num_rows
