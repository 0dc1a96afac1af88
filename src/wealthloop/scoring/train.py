"""Training declared models on the bank's own past, and putting what was learnt into the registry."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from wealthloop import __version__
from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.kit import Home
from wealthloop.scoring.factory.build import build, plan
from wealthloop.scoring.factory.floor import CALIBRATE, TEST, TRAIN, Floor, bits
from wealthloop.scoring.factory.learn import SETTINGS, Learned
from wealthloop.scoring.factory.translate import in_values
from wealthloop.scoring.factory.work import Made, Work, make_here, with_roots
from wealthloop.scoring.health import flags_of
from wealthloop.scoring.matrix import PREDICTORS, predictors_hash
from wealthloop.scoring.registry import Learnt, Manifest, ModelRecord, Pinned, Sizes, digest_of, publish, records
from wealthloop.scoring.snapshots import Snapshot
from wealthloop.scoring.specs import SPECS
from wealthloop.scoring.types import Flag, ModelSpec

LIFE_DAYS: Final = 30
"""A model may be used for this many days from the day of its training."""

_NOBODY: Final = Sizes(train=0, train_positives=0, calibrate=0, calibrate_positives=0, test=0, test_positives=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """When and how models are trained."""

    as_of: date
    seed: int


Publish = Callable[[Manifest, str | None], ModelRecord]
"""Puts a version into the registry."""


def train(
    bank: BankTables, engine: Engine, home: Home, *, as_of: date, seed: int, specs: Sequence[ModelSpec] = SPECS
) -> tuple[ModelRecord, ...]:
    """Train, calibrate, check and publish models; only rows known at 24:00 of ``as_of`` count.

    Each model learns from up to three past snapshots. The newest one, whose label window is later than every
    other, stops the boosting and calibrates (one half of its customers, by hash) and measures (the other half). A
    model with too few positives or too short a history is published without scores, with its flag.

    Returns:
        The new current versions in the order of ``specs``; the same inputs give the same versions.
    """
    training = Training(as_of=as_of, seed=seed)
    planned = plan(bank, engine, specs, as_of=as_of)
    made: dict[str, ModelRecord] = {}

    def put(manifest: Manifest, text: str | None) -> ModelRecord:
        return publish(home, manifest, text)

    for spec, snapshots in planned.short.items():
        made[spec.model_id] = put(without_history(spec, snapshots, training), None)
    for snapshots, several in planned.groups.items():
        floor = build(bank, engine, home, snapshots, several, seed=seed)
        for record in trained_at(floor, several, make_here(seed), training, put):
            made[record.model_id] = record
    return tuple(made[spec.model_id] for spec in specs)


def trained_at(
    floor: Floor, specs: Sequence[ModelSpec], work: Work, training: Training, put: Publish, *,
    done: Mapping[str, ModelRecord] = MappingProxyType({}),
) -> Iterator[ModelRecord]:  # fmt: skip
    """Train models at a floor and publish each as it is done: roots first, then the slices that stand on them.

    Args:
        floor: where; with bases where every root is done already.
        specs: all models of the floor.
        work: who makes them.
        training: when, and the seed.
        put: takes each version as it is done.
        done: models that an earlier run finished; they are not made again, roots only where their bases are kept.
    """
    roots = [spec for spec in specs if not spec.parent]
    slices = [spec for spec in specs if spec.parent and spec.model_id not in done]
    pinned = {name: _pin(record) for name, record in done.items() if record.has_scores}
    made = []
    for one in work(floor, [] if floor.base_of else roots):
        record = _published(floor, one, training, put, pinned)
        made.append(one)
        if record.has_scores:
            pinned[record.model_id] = _pin(record)
        yield record
    if slices:
        wanted = {spec.parent for spec in specs}
        based = floor if floor.base_of else with_roots(floor, [one for one in made if one.spec.model_id in wanted])
        for one in work(based, slices):
            yield _published(based, one, training, put, pinned)


def _pin(record: ModelRecord) -> Pinned:
    return Pinned(model_id=record.model_id, version=record.version)


def fresh(home: Home, *, as_of: date, specs: Sequence[ModelSpec] = SPECS) -> bool:
    """Return whether each of these models is trained, of this declaration and catalogue, and not expired."""
    current = {one.model_id: one.manifest for one in records(home, [spec.model_id for spec in specs])}
    return all(spec.model_id in current and _usable(current[spec.model_id], spec, as_of) for spec in specs)


def without_history(spec: ModelSpec, snapshots: tuple[Snapshot, ...], training: Training) -> Manifest:
    """Return the manifest of a model for which history is too short."""
    return _manifest(spec, snapshots, training, sizes=_NOBODY, rows_digest="", untrained="history_too_short")


def _usable(manifest: Manifest, spec: ModelSpec, as_of: date) -> bool:
    in_time = manifest.trained_as_of <= as_of < manifest.expires_on
    return in_time and manifest.spec == spec and manifest.predictors_hash == predictors_hash()


def _published(floor: Floor, made: Made, training: Training, put: Publish, pinned: Mapping[str, Pinned]) -> ModelRecord:
    spec, learned = made.spec, made.learned
    sizes, digest = _sizes(floor, spec), floor.digest(spec)
    if learned is None:
        why = "failed" if made.failed else "too_few_positives"
        manifest = _manifest(
            spec, floor.snapshots, training, sizes=sizes, rows_digest=digest, untrained=why, failed=made.failed
        )
        return put(manifest, None)
    names = tuple(floor.bins.names[place] for place in learned.columns)
    text = None
    if learned.text is not None:
        text = in_values(_named(learned.text, names), [floor.bins.edges[place] for place in learned.columns])
    learnt = _learnt(floor, learned, text, pinned.get(spec.parent) if spec.parent in floor.base_of else None)
    return put(
        _manifest(
            spec, floor.snapshots, training, sizes=sizes, rows_digest=digest, untrained=None, learnt=learnt,
            predictors=names,
        ),
        text,
    )  # fmt: skip


def _named(text: str, names: Sequence[str]) -> str:
    """Return a model's text with the features' names."""
    lines = text.split("\n")
    at = next(place for place, line in enumerate(lines) if line.startswith("feature_names="))
    lines[at] = "feature_names=" + " ".join(names)
    return "\n".join(lines)


def _manifest(
    spec: ModelSpec, snapshots: tuple[Snapshot, ...], training: Training, *, sizes: Sizes, rows_digest: str,
    untrained: str | None, learnt: Learnt | None = None, predictors: tuple[str, ...] = (), failed: str = "",
) -> Manifest:  # fmt: skip
    auc, slope = (learnt.auc, learnt.slope) if learnt else (None, None)
    return Manifest.model_validate({
        "spec": spec, "trained_as_of": training.as_of, "expires_on": training.as_of + timedelta(days=LIFE_DAYS),
        "seed": training.seed, "code_version": __version__, "settings": dict(SETTINGS), "predictors": predictors,
        "considered": len(PREDICTORS), "predictors_hash": predictors_hash(),
        "training_days": tuple(sorted(snapshot.day for snapshot in snapshots[1:])),
        "later_day": snapshots[0].day if snapshots else None,
        "labels_until": snapshots[0].last if snapshots else None, "sizes": sizes, "rows_digest": rows_digest,
        "learnt": learnt, "untrained": untrained, "failed": failed,
        "flags": (Flag.IMMATURE,) if untrained == "history_too_short" else flags_of(
            positives=sizes.positives, trained=learnt is not None, auc=auc, slope=slope
        ),
    })  # fmt: skip


def _learnt(floor: Floor, learned: Learned, text: str | None, parent: Pinned | None) -> Learnt:
    return Learnt(
        learner=learned.learner, why=learned.why, rounds=learned.rounds, parent=parent, offset=learned.offset,
        leaks=tuple(floor.bins.names[place] for place in learned.leaks), calibration=learned.calibration,
        distribution=learned.distribution, auc=learned.auc, slope=learned.slope,
        calibration_error=learned.calibration_error,
        reliability=learned.reliability, model_digest="" if text is None else digest_of(text),
    )  # fmt: skip


def _sizes(floor: Floor, spec: ModelSpec) -> Sizes:
    size = len(floor.part)
    inside = bits(floor.members[floor.population_of[spec.model_id]], size)
    did = inside & bits(floor.labels[floor.target_of[spec.model_id]], size)

    def counted(which: int) -> tuple[int, int]:
        return int((inside & (floor.part == which)).sum()), int((did & (floor.part == which)).sum())

    (train_rows, train_ones), (later, later_ones), (test, test_ones) = map(counted, (TRAIN, CALIBRATE, TEST))
    return Sizes(
        train=train_rows, train_positives=train_ones, calibrate=later, calibrate_positives=later_ones, test=test,
        test_positives=test_ones,
    )  # fmt: skip
