"""The work at the floor: roots first, then their slices; in this process or in several that map the same arrays."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np

from wealthloop.kit import peak_mib
from wealthloop.scoring.factory.floor import Floor, log_odds, mapped
from wealthloop.scoring.factory.learn import Learned, learn, learnable
from wealthloop.scoring.types import ModelSpec

CHUNK: Final = 8
"""Models that a worker takes at a time."""
_TRIES: Final = 2
"""How often models are tried whose worker died."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What became of one model."""

    spec: ModelSpec
    learned: Learned | None
    """None where too few positives are there, or where it failed."""
    failed: str = ""
    """What went wrong, for people; the other models are made all the same."""
    held_mib: float = 0.0
    """The most memory that the process which made it has held."""


Work: TypeAlias = Callable[[Floor, Sequence[ModelSpec]], Iterator[Made]]
"""Makes models at a floor, in any order."""


def make_here(seed: int) -> Work:
    """Return what makes models in this process."""

    def work(floor: Floor, specs: Sequence[ModelSpec]) -> Iterator[Made]:
        for spec in specs:
            yield make(floor, spec, seed)

    return work


def make(floor: Floor, spec: ModelSpec, seed: int) -> Made:
    """Make one model; whatever goes wrong with it is told and stops no other."""
    try:
        lesson = floor.lesson(spec)
        learned = learn(lesson, seed=seed) if learnable(lesson) else None
        return Made(spec=spec, learned=learned, held_mib=peak_mib())
    except Exception as error:  # noqa: BLE001 - one broken model must not stop ten thousand; it is told in its manifest
        return Made(spec=spec, learned=None, failed=f"{type(error).__name__}: {error}"[:300])


def make_in_processes(seed: int, *, folder: Path, processes: int) -> Work:
    """Return what makes models in several processes over a floor that is saved in ``folder``.

    Models whose process is killed are tried once more in a new one, alone.
    """

    def work(floor: Floor, specs: Sequence[ModelSpec]) -> Iterator[Made]:
        floor.save(folder)
        waiting = [(tuple(specs[at : at + CHUNK]), 0) for at in range(0, len(specs), CHUNK)]
        while waiting:
            again: list[tuple[tuple[ModelSpec, ...], int]] = []
            yield from _round(waiting, again, seed, folder, processes)
            waiting = [((spec,), tries) for several, tries in again for spec in several]

    return work


def _round(
    waiting: Sequence[tuple[tuple[ModelSpec, ...], int]], again: list[tuple[tuple[ModelSpec, ...], int]], seed: int,
    folder: Path, processes: int,
) -> Iterator[Made]:  # fmt: skip
    """Give every chunk to a process; what a death leaves undone is put into ``again``, or given up."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        jobs: dict[Future[list[Made]], tuple[tuple[ModelSpec, ...], int]] = {
            pool.submit(make_chunk, str(folder), several, seed): (several, tries) for several, tries in waiting
        }
        while jobs:
            done, _ = wait(jobs, return_when=FIRST_COMPLETED)
            for job in done:
                several, tries = jobs.pop(job)
                try:
                    yield from job.result()
                except BrokenProcessPool:
                    if len(several) == 1 and tries + 1 >= _TRIES:
                        yield Made(spec=several[0], learned=None, failed="its process was killed")
                    else:
                        again.append((several, tries + (len(several) == 1)))


def make_chunk(folder: str, specs: Sequence[ModelSpec], seed: int) -> list[Made]:
    """Make some models in a process of its own, or on a worker of Spark, at the floor that is saved in a folder."""
    floor = _opened(folder, Path(folder, "floor.json").stat().st_mtime_ns)
    return [make(floor, spec, seed) for spec in specs]


@lru_cache(maxsize=1)
def _opened(folder: str, _changed: int) -> Floor:
    return mapped(Path(folder))


def with_roots(floor: Floor, made: Sequence[Made]) -> Floor:
    """Return the floor with the calibrated log-odds of every root that was learnt, for slices to stand on."""
    learnt = [(one.spec.model_id, one.learned) for one in made if one.learned is not None]
    bases = np.zeros((len(learnt), len(floor.part)), dtype=np.float32)
    for place, (_, learned) in enumerate(learnt):
        margins = log_odds(learned.text, learned.columns, floor.codes)
        bases[place] = learned.calibration.log_odds(margins + learned.offset)
    return floor.with_bases({name: place for place, (name, _) in enumerate(learnt)}, bases)
