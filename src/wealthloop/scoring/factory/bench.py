"""How fast models are made and rows are scored, beside what others do, in one run, over the same made-up bank.

Peers: ``naive``, LightGBM with a Dataset for each label; ``recipe``, all positives with 30 negatives each at 63 bins.
Everybody has the same number of processes with one thread each. Peers are timed on some of the labels; losses of AUC
are paired over these, on fresh rows.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from wealthloop.kit import buckets, peak_mib
from wealthloop.scoring.factory.binning import bins_of
from wealthloop.scoring.factory.floor import CALIBRATE, TEST, TRAIN, Floor, packed
from wealthloop.scoring.factory.learn import Learned
from wealthloop.scoring.factory.madeup import MadeUp, made_up
from wealthloop.scoring.factory.translate import in_values
from wealthloop.scoring.factory.work import make_in_processes
from wealthloop.scoring.forest import coding_of, pack, read_trees
from wealthloop.scoring.measure import auc
from wealthloop.scoring.types import Buys, Family, Floats, ModelSpec

_POSITIVE: Final = 0.01
_TRAIN_SHARE: Final = 0.85
_Z95: Final = 1.959963984540054
_PEER: Final[dict[str, Any]] = {
    "objective": "binary", "num_leaves": 15, "learning_rate": 0.1, "num_threads": 1, "verbosity": -1, "seed": 1,
}  # fmt: skip
_ROUNDS: Final = 100
_NEGATIVES: Final = 30
_HOUR: Final = 3600.0
_TEN_THOUSAND: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is measured."""

    rows: int
    features: int
    targets: int
    peer_targets: int
    """Labels on which peers are timed; at most ``targets``."""
    processes: int
    seed: int


def bench(order: Order, told: Callable[[str], None]) -> dict[str, Any]:
    """Measure and return the figures."""
    told("drawing a bank")
    bank = made_up(
        rows=order.rows, columns=order.features, targets=order.targets, positive=_POSITIVE, seed=order.seed
    )  # fmt: skip
    told(f"making {order.targets} models")
    floor, learned, seconds, held = _ours(bank, order)
    chosen = np.linspace(0, order.targets - 1, min(order.peer_targets, order.targets)).astype(int).tolist()
    models = [(_text(floor, one), one.columns) for one in learned]
    told("scoring fresh rows")
    scoring, margins = _scoring(models, bank.fresh, order.processes)
    ours = [auc(margins[:, target], bank.fresh_labels[target].astype(np.float64)) or 0.5 for target in chosen]
    peers = {}
    for name in ("naive", "recipe"):
        told(f"{name}: {len(chosen)} models")
        peers[name] = _peer(name, bank, chosen, order)
    rate = order.targets / seconds * 60
    return {
        "rows": order.rows, "features": order.features, "targets": order.targets, "positive_share": _POSITIVE,
        "processes": order.processes, "peer_targets": len(chosen),
        "training": {
            "ours": {"seconds": round(seconds, 1), "models_per_minute": round(rate, 1),
                     "auc": round(float(np.mean(ours)), 4), "peak_mb": round(held, 1),
                     "columns_kept": round(float(np.mean([len(one.columns) for one in learned])), 1),
                     "rounds": round(float(np.mean([one.rounds for one in learned])), 1)},
            **{name: {"seconds": round(one.seconds, 1), "models_per_minute": round(len(chosen) / one.seconds * 60, 1),
                      "auc": round(float(np.mean(one.aucs)), 4)} for name, one in peers.items()},
            "times_naive": round(rate / (len(chosen) / peers["naive"].seconds * 60), 2),
            "times_recipe": round(rate / (len(chosen) / peers["recipe"].seconds * 60), 2),
            "auc_loss": {name: _loss(one.aucs, ours) for name, one in peers.items()},
            "hours_for_10000": round(_TEN_THOUSAND / rate * 60 / _HOUR, 3),
        },
        "scoring": scoring,
        "versions": {name: version(name) for name in ("lightgbm", "numba", "numpy")},
    }  # fmt: skip


def _ours(bank: MadeUp, order: Order) -> tuple[Floor, list[Learned], float, float]:
    specs = [
        ModelSpec(
            model_id=f"response/target_{target}/30d", family=Family.RESPONSE, target=Buys(categories=(str(target),)),
            population=(), horizon_days=30, owner="bench", zh="试验", en="a made-up target",
        )
        for target in range(order.targets)
    ]  # fmt: skip
    began = perf_counter()
    with TemporaryDirectory(prefix="wealthloop-") as folder:
        floor = _floor(bank, specs)
        work = make_in_processes(order.seed, folder=Path(folder), processes=order.processes)
        made = {one.spec.model_id: one for one in work(floor, specs)}
    seconds = perf_counter() - began
    failed = [one.failed for one in made.values() if one.learned is None]
    if failed:
        raise RuntimeError(f"{len(failed)} models were not made: {failed[0] or 'too few positives'}")
    learned = [made[spec.model_id].learned for spec in specs]
    held = peak_mib() + order.processes * max(one.held_mib for one in made.values())
    return floor, [one for one in learned if one is not None], seconds, held


def _floor(bank: MadeUp, specs: Sequence[ModelSpec]) -> Floor:
    """Lay out the rows: a hash says which train, which stop and calibrate, which measure."""
    size = len(bank.x)
    drawn = buckets("bench", map(str, range(size)))
    half = _TRAIN_SHARE + (1 - _TRAIN_SHARE) / 2
    part = np.select([drawn < _TRAIN_SHARE, drawn < half], [TRAIN, CALIBRATE], TEST).astype(np.uint8)
    bins = bins_of(bank.x[part == TRAIN], [f"column_{place}" for place in range(bank.x.shape[1])])
    return Floor(
        name="bench", snapshots=(), bins=bins, codes=bins.codes(bank.x), part=part,
        labels=packed(list(bank.labels), size),
        members=packed([np.ones(size, dtype=np.bool_)], size), bases=np.zeros((0, size), dtype=np.float32),
        target_of={spec.model_id: place for place, spec in enumerate(specs)},
        population_of={spec.model_id: 0 for spec in specs}, base_of={}, rows_digest="",
    )  # fmt: skip


def _text(floor: Floor, learned: Learned) -> str:
    assert learned.text is not None, "labels of the bench can all be learnt"
    return in_values(learned.text, [floor.bins.edges[place] for place in learned.columns])


def _scoring(models: Sequence[tuple[str, tuple[int, ...]]], x: Floats, processes: int) -> tuple[dict[str, Any], Floats]:
    """Score fresh rows by all models at once, and by LightGBM one after the other; return the margins."""
    began = perf_counter()
    trees = []
    for text, columns in models:
        ours = np.array(columns, dtype=np.int64)
        trees.append([replace(tree, feature=ours[tree.feature]) for tree in read_trees(text)])
    coding = coding_of(trees)
    margins = pack(trees, coding).margins(coding.apply(x), threads=processes)
    seconds = perf_counter() - began
    began, worst = perf_counter(), 0.0
    for place, (text, columns) in enumerate(models):
        theirs = lgb.Booster(model_str=text).predict(x[:, list(columns)], raw_score=True, num_threads=processes)
        worst = max(worst, float(np.abs(np.asarray(theirs) - margins[:, place]).max()))
    peer = perf_counter() - began
    told = {
        "rows": len(x), "models": len(models), "seconds": round(seconds, 2), "lightgbm_seconds": round(peer, 2),
        "times_lightgbm": round(peer / seconds, 1), "worst_difference": worst,
    }  # fmt: skip
    return told, margins


@dataclass(frozen=True, slots=True, kw_only=True)
class _Peer:
    """What a peer took, and how well its models rank fresh rows."""

    seconds: float
    aucs: tuple[float, ...]


def _peer(name: str, bank: MadeUp, chosen: Sequence[int], order: Order) -> _Peer:
    with TemporaryDirectory(prefix="wealthloop-") as folder:
        for what in ("x", "labels", "fresh"):
            np.save(Path(folder) / f"{what}.npy", getattr(bank, what))
        with ProcessPoolExecutor(order.processes, mp_context=get_context("spawn")) as pool:
            list(pool.map(_ready, range(order.processes)))
            began = perf_counter()
            texts = list(pool.map(_trained, [name] * len(chosen), [folder] * len(chosen), chosen))
            seconds = perf_counter() - began
    aucs = []
    for text, target in zip(texts, chosen, strict=True):
        found = lgb.Booster(model_str=text).predict(bank.fresh, raw_score=True, num_threads=order.processes)
        aucs.append(auc(np.asarray(found), bank.fresh_labels[target].astype(np.float64)) or 0.5)
    return _Peer(seconds=seconds, aucs=tuple(aucs))


def _ready(_: int) -> None:
    """Let a process import what it needs before it is timed."""


def _trained(name: str, folder: str, target: int) -> str:
    """Train one model as a peer does, and return its text; run in a process of its own."""
    x = np.load(Path(folder) / "x.npy", mmap_mode="r")
    label: NDArray[np.bool_] = np.load(Path(folder) / "labels.npy", mmap_mode="r")[target]
    settings = dict(_PEER)
    if name == "recipe":
        settings["max_bin"] = 63
        draw = np.random.default_rng(target)
        ones, zeros = np.flatnonzero(label), np.flatnonzero(~label)
        kept = np.sort(np.append(ones, draw.choice(zeros, _NEGATIVES * len(ones), replace=False)))
        x, label = x[kept], label[kept]
    data = lgb.Dataset(np.asarray(x), label.astype(np.float32), params=settings)
    return str(lgb.train(settings, data, num_boost_round=_ROUNDS).model_to_string())


def _loss(theirs: Sequence[float], ours: Sequence[float]) -> dict[str, float]:
    """Return how much AUC ours lose, paired by label, with the 95 % interval of the mean."""
    lost = np.array(theirs) - np.array(ours)
    half = _Z95 * float(lost.std(ddof=1) / np.sqrt(len(lost))) if len(lost) > 1 else float("nan")
    mean = float(lost.mean())
    return {"mean": round(mean, 5), "low": round(mean - half, 5), "high": round(mean + half, 5)}
