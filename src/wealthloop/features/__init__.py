"""Point-in-time features: the catalogue, the one compiled pass, and snapshots by day."""

from wealthloop.features.build import SCHEMA, build, load, save
from wealthloop.features.catalogue import FEATURES, describe
from wealthloop.features.holdings import BALANCE_GROUPS, SnapshotDays, snapshot_days
from wealthloop.features.types import Feature, Unit
from wealthloop.features.windows import WINDOWED, WINDOWS, Measure

__all__ = [
    "BALANCE_GROUPS",
    "FEATURES",
    "SCHEMA",
    "WINDOWED",
    "WINDOWS",
    "Feature",
    "Measure",
    "SnapshotDays",
    "Unit",
    "build",
    "describe",
    "load",
    "save",
    "snapshot_days",
]
