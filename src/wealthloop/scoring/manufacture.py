"""A run of the factory: every declared model, floor by floor; what a kill leaves undone goes on where it stopped."""

import json
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Final, TypeAlias

from wealthloop import __version__
from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.kit import Home, content_hash, write_atomic
from wealthloop.scoring.factory.build import build, plan
from wealthloop.scoring.factory.floor import Floor, mapped
from wealthloop.scoring.factory.work import Made, Work
from wealthloop.scoring.matrix import predictors_hash
from wealthloop.scoring.registry import Manifest, ModelRecord, publish, records, version_of
from wealthloop.scoring.snapshots import Snapshot
from wealthloop.scoring.train import Training, trained_at, without_history
from wealthloop.scoring.types import ModelSpec

_JOURNAL: Final = "journal.jsonl"

Hands: TypeAlias = Callable[[Path], Work]
"""Makes models at the floor that is saved in a folder."""
Watch: TypeAlias = Callable[[ModelRecord], None]
"""Is told of each model as it is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a run made."""

    specs: int
    trained: int
    challengers: tuple[str, ...]
    """Models that wait beside one that is still good."""
    by_learner: Mapping[str, int]
    by_flag: Mapping[str, int]
    by_family: Mapping[str, int]
    records: tuple[ModelRecord, ...]
    held_mib: float
    """The most memory that a process which made models has held; 0 where this one made them all."""


def manufacture(
    bank: BankTables, engine: Engine, home: Home, specs: Sequence[ModelSpec], training: Training, *, hands: Hands,
    told: Watch,
) -> Output:  # fmt: skip
    """Train, check and publish every model.

    A model that has a version which has not expired gets a challenger beside it. A run over the same tables with the
    same models, day and seed that was killed goes on: models that are in its journal are not made again.
    """
    folder = home.root / "work" / "factory" / _key(bank, specs, training)
    folder.mkdir(parents=True, exist_ok=True)
    living = {one.model_id: one.version for one in _living(home, specs, training)}
    journal = _Journal(home, folder / _JOURNAL)
    held = 0.0

    def put(manifest: Manifest, text: str | None) -> ModelRecord:
        record = publish(home, manifest, text, current=manifest.spec.model_id not in living)
        journal.add(record)
        told(record)
        return record

    for record in journal.done.values():
        told(record)
    planned = plan(bank, engine, specs, as_of=training.as_of)
    for spec in planned.short.keys() - {one.manifest.spec for one in journal.done.values()}:
        put(without_history(spec, planned.short[spec], training), None)
    for snapshots, several in planned.groups.items():
        done = {spec.model_id: journal.done[spec.model_id] for spec in several if spec.model_id in journal.done}
        if len(done) < len(several):
            floor, where = _floor(bank, engine, home, folder, snapshots, several, training.seed)
            scale = _Scale(hands(where))
            deque(trained_at(floor, several, scale, training, put, done=done), maxlen=0)
            held = max(held, scale.held_mib)
            if where.exists():
                rmtree(where)
    rmtree(folder)
    return _counted([journal.done[spec.model_id] for spec in specs], living, held)


class _Scale:
    """Work that remembers the most memory that a process of it has held."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.held_mib = 0.0

    def __call__(self, floor: Floor, specs: Sequence[ModelSpec]) -> Iterator[Made]:
        for one in self._work(floor, specs):
            self.held_mib = max(self.held_mib, one.held_mib)
            yield one


def _living(home: Home, specs: Sequence[ModelSpec], training: Training) -> list[ModelRecord]:
    """Return the versions in use that are still good on the day of training."""
    current = records(home, [spec.model_id for spec in specs])
    return [
        one for one in current
        if one.has_scores and one.manifest.trained_as_of <= training.as_of < one.manifest.expires_on
    ]  # fmt: skip


def _key(bank: BankTables, specs: Sequence[ModelSpec], training: Training) -> str:
    what = (bank.version(), __version__, training, predictors_hash(), list(specs))
    return content_hash(repr(what).encode())[:16]


def _floor(
    bank: BankTables, engine: Engine, home: Home, folder: Path, snapshots: tuple[Snapshot, ...],
    specs: Sequence[ModelSpec], seed: int,
) -> tuple[Floor, Path]:  # fmt: skip
    """Return the floor of a group and its folder, as a killed run left it or built anew."""
    where = folder / f"floor-{snapshots[0].day.isoformat()}-{len(snapshots)}-{snapshots[0].last.isoformat()}"
    if (where / "floor.json").exists():
        return mapped(where), where
    return build(bank, engine, home, snapshots, specs, seed=seed), where


class _Journal:
    """Which models are done, a line each, in the order in which they were; a line that a kill tore is dropped."""

    def __init__(self, home: Home, path: Path) -> None:
        self._path = path
        self.done: dict[str, ModelRecord] = {}
        *lines, torn = path.read_text(encoding="utf-8").split("\n") if path.exists() else [""]
        if torn:
            write_atomic(path, "".join(f"{line}\n" for line in lines).encode())
        for line in lines:
            told = json.loads(line)
            self.done[told["model_id"]] = version_of(home, told["model_id"], told["version"])

    def add(self, record: ModelRecord) -> None:
        """Write a model down as done; its files are there already."""
        self.done[record.model_id] = record
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"model_id": record.model_id, "version": record.version}) + "\n")


def _counted(ours: Sequence[ModelRecord], living: Mapping[str, str], held_mib: float) -> Output:
    learnt = [one.manifest.learnt for one in ours if one.manifest.learnt is not None]
    return Output(
        specs=len(ours), trained=len(learnt),
        challengers=tuple(one.model_id for one in ours if living.get(one.model_id, one.version) != one.version),
        by_learner=dict(Counter(one.learner for one in learnt).most_common()),
        by_flag=dict(Counter(str(flag) for one in ours for flag in one.flags).most_common()),
        by_family=dict(Counter(str(one.manifest.spec.family) for one in ours if one.has_scores).most_common()),
        records=tuple(ours), held_mib=held_mib,
    )  # fmt: skip
