"""Decision records: what was planned, withheld and sent, with probabilities, values, prices and versions."""

from wealthloop.ledger.averages import Average, read_averages, write_averages
from wealthloop.ledger.counts import units
from wealthloop.ledger.floors import FLOORS, FloorReason, read_floors, write_floors
from wealthloop.ledger.known import read_known, write_known
from wealthloop.ledger.prices import PRICES, read_prices, write_prices
from wealthloop.ledger.store import digest, discard, paths, read, read_run, write
from wealthloop.ledger.types import DECISIONS, Disposition

__all__ = [
    "DECISIONS", "FLOORS", "PRICES", "Average", "Disposition", "FloorReason", "digest", "discard", "paths", "read",
    "read_averages", "read_floors", "read_known", "read_prices", "read_run", "units", "write", "write_averages",
    "write_floors", "write_known", "write_prices",
]  # fmt: skip
