"""Point-in-time features: the catalogue, the one compiled pass, and snapshots by day."""

from wealthloop.features.balances import Balances, balances, summed
from wealthloop.features.build import SCHEMA, build, load, save
from wealthloop.features.catalogue import FEATURES, describe
from wealthloop.features.groups import BALANCE_GROUPS, GROUPS
from wealthloop.features.holdings import SnapshotDays, snapshot_days
from wealthloop.features.seen import first_seen, last_seen
from wealthloop.features.types import Feature, Unit
from wealthloop.features.update import update
from wealthloop.features.windows import WINDOWED, WINDOWS, Measure

__all__ = [
    "BALANCE_GROUPS",
    "FEATURES",
    "GROUPS",
    "SCHEMA",
    "WINDOWED",
    "WINDOWS",
    "Balances",
    "Feature",
    "Measure",
    "SnapshotDays",
    "Unit",
    "balances",
    "build",
    "describe",
    "first_seen",
    "last_seen",
    "load",
    "save",
    "snapshot_days",
    "summed",
    "update",
]
