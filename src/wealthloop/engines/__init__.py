"""Big tables: one door to Ibis, and compiled functions over Arrow batches partitioned by a key."""

from wealthloop.engines.choose import EngineMissing, EngineName, open_engine
from wealthloop.engines.duckdb import DuckDBEngine
from wealthloop.engines.snapshots import load_snapshot, save_snapshot
from wealthloop.engines.types import Engine, EngineError

__all__ = [
    "DuckDBEngine",
    "Engine",
    "EngineError",
    "EngineMissing",
    "EngineName",
    "load_snapshot",
    "open_engine",
    "save_snapshot",
]
