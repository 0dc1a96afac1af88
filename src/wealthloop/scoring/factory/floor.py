"""The floor on which models of the same snapshots are made: one matrix of codes, labels and populations as rows of it.

Everything is an array, in memory for a few models, in files that workers map for many.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wealthloop.kit import content_hash, write_atomic
from wealthloop.scoring.factory.binning import Bins, Codes
from wealthloop.scoring.factory.learn import Lesson
from wealthloop.scoring.forest import Coding, pack, read_trees
from wealthloop.scoring.snapshots import Snapshot
from wealthloop.scoring.types import Floats, ModelSpec

TRAIN, CALIBRATE, TEST = range(3)
_BLOCK: Final = 100_000
"""Rows whose log-odds are worked out together."""
_ARRAYS: Final = ("codes", "part", "labels", "members", "bases")


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """Rows are customers of every snapshot, oldest first; the newest calibrates and tests."""

    name: str
    snapshots: tuple[Snapshot, ...]
    """Newest first."""
    bins: Bins
    codes: Codes
    part: NDArray[np.uint8]
    """``TRAIN``, ``CALIBRATE`` or ``TEST`` of each row."""
    labels: NDArray[np.uint8]
    """Bits of each target, shape (n_targets, n_rows / 8)."""
    members: NDArray[np.uint8]
    """Bits of each population, shape (n_populations, n_rows / 8)."""
    bases: NDArray[np.float32]
    """Calibrated log-odds of each root that has slices, shape (n_bases, n_rows)."""
    target_of: Mapping[str, int]
    """The row of ``labels``, by model id."""
    population_of: Mapping[str, int]
    base_of: Mapping[str, int]
    """The row of ``bases``, by the id of the root."""
    rows_digest: str
    """Of the customers and the snapshots."""

    def lesson(self, spec: ModelSpec) -> Lesson:
        """Return what a model learns from."""
        inside = bits(self.members[self.population_of[spec.model_id]], len(self.part))
        column = {name: place for place, name in enumerate(self.bins.names)}
        base = self.base_of.get(spec.parent)
        return Lesson(
            key=spec.model_id, codes=self.codes,
            label=bits(self.labels[self.target_of[spec.model_id]], len(self.part)),
            train=np.flatnonzero(inside & (self.part == TRAIN)),
            calibrate=np.flatnonzero(inside & (self.part == CALIBRATE)),
            test=np.flatnonzero(inside & (self.part == TEST)),
            base=None if base is None else self.bases[base],
            monotone=tuple((column[name], sign) for name, sign in spec.monotone if name in column),
        )  # fmt: skip

    def digest(self, spec: ModelSpec) -> str:
        """Return the digest of a model's labelled customers, 32 hex digits."""
        inside, label = self.members[self.population_of[spec.model_id]], self.labels[self.target_of[spec.model_id]]
        return content_hash(self.rows_digest.encode() + inside.tobytes() + (inside & label).tobytes())[:32]

    def with_bases(self, base_of: Mapping[str, int], bases: NDArray[np.float32]) -> "Floor":
        """Return the floor with the log-odds of roots."""
        return replace(self, base_of=base_of, bases=bases)

    def save(self, folder: Path) -> None:
        """Write the arrays for workers to map; what a folder has already stays, but for the bases, which grow.

        A file is written beside and renamed: who has mapped the old one keeps it.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for name in _ARRAYS:
            path = folder / f"{name}.npy"
            if name == "bases" or not path.exists():
                beside = folder / f"{name}.part.npy"
                np.save(beside, getattr(self, name))
                beside.replace(path)
        told = {
            "name": self.name, "columns": self.bins.names, "edges": [one.tolist() for one in self.bins.edges],
            "snapshots": [[one.day.isoformat(), one.last.isoformat()] for one in self.snapshots],
            "target_of": dict(self.target_of), "population_of": dict(self.population_of),
            "base_of": dict(self.base_of), "rows_digest": self.rows_digest,
        }  # fmt: skip
        write_atomic(folder / "floor.json", json.dumps(told).encode())


def mapped(folder: Path) -> Floor:
    """Open a floor that was saved; its arrays are read as they are needed."""
    told: dict[str, Any] = json.loads((folder / "floor.json").read_text(encoding="utf-8"))
    arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in _ARRAYS}
    days = [tuple(map(date.fromisoformat, pair)) for pair in told["snapshots"]]
    return Floor(
        name=told["name"], snapshots=tuple(Snapshot(day=day, last=last) for day, last in days),
        bins=Bins(names=tuple(told["columns"]), edges=tuple(np.array(one, dtype=np.float64) for one in told["edges"])),
        target_of=told["target_of"], population_of=told["population_of"], base_of=told["base_of"],
        rows_digest=told["rows_digest"], **arrays,
    )  # fmt: skip


def packed(rows: Sequence[NDArray[np.bool_]], size: int) -> NDArray[np.uint8]:
    """Return rows of ``size`` booleans as bits, a row each."""
    return np.packbits(np.array(rows, dtype=np.bool_).reshape(len(rows), size), axis=1)


def bits(row: NDArray[np.uint8], size: int) -> NDArray[np.bool_]:
    """Return one packed row as booleans, shape (size,)."""
    return np.unpackbits(row, count=size).astype(np.bool_)


def log_odds(text: str | None, columns: Sequence[int], codes: Codes) -> Floats:
    """Return the margins of a model over codes for every row of a matrix, block by block, shape (n_rows,)."""
    out = np.zeros(codes.shape[0])
    if text is None:
        return out
    used = np.array(columns, dtype=np.int64)
    steps = np.arange(0.5, 64.0)
    coding = Coding(
        source=tuple(range(len(used))), nan_left=(True,) * len(used), thresholds=tuple(steps for _ in used)
    )  # fmt: skip
    trees = [replace(tree, threshold=np.floor(tree.threshold) + 0.5) for tree in read_trees(text)]
    forest = pack([trees], coding)
    for start in range(0, codes.shape[0], _BLOCK):
        block = np.ascontiguousarray(codes[start : start + _BLOCK][:, used].T) + np.uint8(1)
        out[start : start + _BLOCK] = forest.margins(block)[:, 0]
    return out
