"""The same work on an engine's workers: models go out and come back as text, the floor is read where it lies."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import pyarrow as pa
from pydantic import TypeAdapter

from wealthloop.engines import Engine
from wealthloop.scoring.factory.floor import Floor
from wealthloop.scoring.factory.work import CHUNK, Made, Work, make_chunk
from wealthloop.scoring.types import ModelSpec

_SPEC: Final = TypeAdapter(ModelSpec)
_MADE: Final = TypeAdapter(Made)
_SCHEMA: Final = pa.schema([pa.field("made", pa.string(), nullable=False)])


def make_on(engine: Engine, seed: int, *, folder: Path) -> Work:
    """Return what makes models on the workers of an engine; ``folder`` must be the same for all of them.

    Local or on Spark, each model comes from ``work.make`` over the same arrays, so the results are equal.
    """

    def work(floor: Floor, specs: Sequence[ModelSpec]) -> Iterator[Made]:
        floor.save(folder)
        asked = pa.table({
            "chunk": pa.array([place // CHUNK for place in range(len(specs))], pa.int64()),
            "spec": pa.array([_SPEC.dump_json(spec).decode() for spec in specs], pa.string()),
        })  # fmt: skip
        done = engine.map_batches(
            asked, partial(made_of, folder=str(folder), seed=seed), schema=_SCHEMA, by="chunk", name="models"
        )
        for text in done["made"].to_pylist():
            yield _MADE.validate_json(str(text))

    return work


def made_of(asked: pa.Table, *, folder: str, seed: int) -> pa.Table:
    """Make the models of some rows, each with a declaration as JSON in ``spec``; on a worker."""
    specs = [_SPEC.validate_json(str(text)) for text in asked["spec"].to_pylist()]
    made = [_MADE.dump_json(replace(one, held_mib=0.0)).decode() for one in make_chunk(folder, specs, seed)]
    return pa.table({"made": pa.array(made, pa.string())}, schema=_SCHEMA)
