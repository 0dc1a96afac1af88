"""From the bank's tables to floors: features of past days as codes, labels of the days after them, populations."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wealthloop import features
from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.kit import Home, buckets, content_hash
from wealthloop.scoring.factory.binning import Bins, Codes, bins_of
from wealthloop.scoring.factory.floor import CALIBRATE, TEST, TRAIN, Floor, packed
from wealthloop.scoring.labels import labels_of
from wealthloop.scoring.matrix import PREDICTORS, column_of, members_of, with_regions
from wealthloop.scoring.snapshots import Snapshot, reach_of, snapshots_of
from wealthloop.scoring.types import Condition, Lives, ModelSpec, Target

_LEAST_SNAPSHOTS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which models learn from which snapshots."""

    groups: Mapping[tuple[Snapshot, ...], tuple[ModelSpec, ...]]
    """By snapshots, newest first, at least two."""
    short: Mapping[ModelSpec, tuple[Snapshot, ...]]
    """Models for which history is too short, with the snapshots that there are."""


def plan(bank: BankTables, engine: Engine, specs: Sequence[ModelSpec], *, as_of: date) -> Plan:
    """Say which snapshots each model learns from, given the rows known at 24:00 of ``as_of``."""
    reach = reach_of(bank, engine, as_of=as_of)
    groups: dict[tuple[Snapshot, ...], list[ModelSpec]] = {}
    short: dict[ModelSpec, tuple[Snapshot, ...]] = {}
    known: dict[tuple[Target, int], tuple[Snapshot, ...]] = {}
    for spec in specs:
        what = (spec.target, spec.horizon_days)
        if what not in known:
            known[what] = snapshots_of(spec, reach, as_of=as_of)
        if len(known[what]) < _LEAST_SNAPSHOTS:
            short[spec] = known[what]
        else:
            groups.setdefault(known[what], []).append(spec)
    return Plan(groups={snapshots: tuple(several) for snapshots, several in groups.items()}, short=short)


def build(
    bank: BankTables, engine: Engine, home: Home, snapshots: tuple[Snapshot, ...], specs: Sequence[ModelSpec], *,
    seed: int,
) -> Floor:  # fmt: skip
    """Build the floor of models that share their snapshots."""
    ordered = snapshots[::-1]
    tables = [_features(bank, engine, home, snapshot, specs) for snapshot in ordered]
    ids = [[str(customer) for customer in table["customer_id"].to_pylist()] for table in tables]
    part = _parts(ids, seed)
    codes, bins = _coded(tables, part)
    targets = list(dict.fromkeys(spec.target for spec in specs))
    populations = list(dict.fromkeys(spec.population for spec in specs))
    labels = [
        np.concatenate([
            labels_of(bank, engine, target, snapshot=snapshot, features=table)
            for snapshot, table in zip(ordered, tables, strict=True)
        ])
        for target in targets
    ]  # fmt: skip
    met = _remembered(tables)
    inside = [_all([met(one) for one in population], len(part)) for population in populations]
    return Floor(
        name=f"{snapshots[0].day.isoformat()}-{len(snapshots)}-{(snapshots[0].last - snapshots[0].day).days}d",
        snapshots=snapshots, bins=bins, codes=codes, part=part,
        labels=packed(labels, len(part)), members=packed(inside, len(part)),
        bases=np.zeros((0, len(part)), dtype=np.float32), base_of={},
        target_of={spec.model_id: targets.index(spec.target) for spec in specs},
        population_of=_places(specs, populations),
        rows_digest=content_hash(repr((ordered, ids)).encode())[:32],
    )  # fmt: skip


def _features(bank: BankTables, engine: Engine, home: Home, snapshot: Snapshot, specs: Sequence[ModelSpec]) -> pa.Table:
    table = features.build(bank, engine, as_of=snapshot.day, home=home)
    asked = any(isinstance(one, Lives) for spec in specs for one in spec.population)
    return with_regions(bank, engine, table, as_of=snapshot.day) if asked else table


def _parts(ids: Sequence[Sequence[str]], seed: int) -> NDArray[np.uint8]:
    """Older snapshots train; of the newest one half calibrates, by hash of the customer, the other tests."""
    half = buckets(f"{seed}/halves", ids[-1]) < 0.5
    older = np.full(sum(map(len, ids[:-1])), TRAIN, dtype=np.uint8)
    return np.concatenate([older, np.where(half, CALIBRATE, TEST).astype(np.uint8)])


def _coded(tables: Sequence[pa.Table], part: NDArray[np.uint8]) -> tuple[Codes, Bins]:
    """Cut each column at quantiles of the rows that train, and code all rows, a column at a time."""
    codes: Codes = np.empty((len(part), len(PREDICTORS)), dtype=np.uint8)
    edges = []
    older = part == TRAIN
    for place, name in enumerate(PREDICTORS):
        column = np.concatenate([column_of(table, name) for table in tables])[:, None]
        bins = bins_of(column[older], (name,))
        codes[:, place] = bins.codes(column)[:, 0]
        edges.append(bins.edges[0])
    return codes, Bins(names=PREDICTORS, edges=tuple(edges))


def _remembered(tables: Sequence[pa.Table]) -> Callable[[Condition], NDArray[np.bool_]]:
    """Return a function that says who meets a condition, each worked out once."""
    known: dict[Condition, NDArray[np.bool_]] = {}

    def met(condition: Condition) -> NDArray[np.bool_]:
        if condition not in known:
            known[condition] = np.concatenate([members_of(table, [condition]) for table in tables])
        return known[condition]

    return met


def _all(masks: Sequence[NDArray[np.bool_]], size: int) -> NDArray[np.bool_]:
    return np.logical_and.reduce(masks) if masks else np.ones(size, dtype=np.bool_)


def _places(specs: Sequence[ModelSpec], populations: Sequence[tuple[Condition, ...]]) -> dict[str, int]:
    place = {population: at for at, population in enumerate(populations)}
    return {spec.model_id: place[spec.population] for spec in specs}
