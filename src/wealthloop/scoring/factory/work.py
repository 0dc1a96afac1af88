"""The work at the floor: roots first, then their slices; in this process or in several that map the same arrays."""

from collections import deque
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
_AHEAD: Final = 2
"""Chunks handed out for each process, so that none waits for the next."""


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

    Where a process is killed, the models that were being made are tried once more, one at a time in a process of
    their own, so that no model is given up for what another did.
    """

    def work(floor: Floor, specs: Sequence[ModelSpec]) -> Iterator[Made]:
        floor.save(folder)
        waiting = deque(tuple(specs[at : at + CHUNK]) for at in range(0, len(specs), CHUNK))
        while waiting:
            lost: list[ModelSpec] = []
            yield from _together(waiting, lost, seed, folder, processes)
            for spec in lost:
                yield _alone(spec, seed, folder)

    return work


def _together(
    waiting: deque[tuple[ModelSpec, ...]], lost: list[ModelSpec], seed: int, folder: Path, processes: int
) -> Iterator[Made]:
    """Make chunks until none waits or a process dies; the models that were handed out then are ``lost``."""
    jobs: dict[Future[list[Made]], tuple[ModelSpec, ...]] = {}
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        while waiting or jobs:
            try:
                while waiting and len(jobs) < _AHEAD * processes:
                    jobs[pool.submit(make_chunk, str(folder), waiting[0], seed)] = waiting[0]
                    waiting.popleft()
                done, _ = wait(jobs, return_when=FIRST_COMPLETED)
                for job in done:
                    yield from job.result()
                    del jobs[job]
            except BrokenProcessPool:
                yield from (one for job in jobs if job.done() and not job.exception() for one in job.result())
                lost += [spec for job, several in jobs.items() if not job.done() or job.exception() for spec in several]
                return


def _alone(spec: ModelSpec, seed: int, folder: Path) -> Made:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            (made,) = pool.submit(make_chunk, str(folder), (spec,), seed).result()
        except BrokenProcessPool:
            return Made(spec=spec, learned=None, failed="its process was killed, twice")
        return made


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
