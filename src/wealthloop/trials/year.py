"""A year: policies x seeds in one world, played in processes, gathered into figures with intervals."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final

from wealthloop import __version__
from wealthloop.errors import InvalidInput
from wealthloop.reports.years import POLICIES, Measured, Year
from wealthloop.sandbox import load_world
from wealthloop.trials.calendar import BURN_IN
from wealthloop.trials.figures import Sums, figures, loop_figures
from wealthloop.trials.jobs import GROUPS, Job, read_result, run_job
from wealthloop.trials.looks import fates, months_of
from wealthloop.trials.measure import KEPT_DAYS

_POLL_SECONDS: Final = 0.5
_ONE_THREAD: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
"""A job has one core; libraries that would take more are told so before they are loaded."""
EVERY: Final = tuple(policy.name for policy in POLICIES)
"""Every policy, in the order of tables."""
_BASE: Final = "none"
"""What every increment is measured against; always played."""

OnProgress = Callable[[int, int], None]
"""Told (days played, days in all)."""

_played: "Synchronized[int] | None" = None
"""In a job's process: the counter of days that all processes share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a year is asked for."""

    world: str
    """A shipped world's name or a world file."""
    customers: int
    days: int
    """Measured days."""
    seeds: int
    policies: tuple[str, ...] = EVERY

    def check(self) -> None:
        """Refuse what cannot be played.

        Raises:
            InvalidInput: an unknown policy, or a number out of range.
            DocumentError: no such world, or its file is wrong.
        """
        unknown = [name for name in self.policies if name not in EVERY]
        if unknown or not self.policies:
            raise InvalidInput(f"policies == {','.join(self.policies)}, must be among {','.join(EVERY)}")
        for name, value, least in (
            ("customers", self.customers, 500),
            ("days", self.days, 30),
            ("seeds", self.seeds, 1),
        ):
            if value < least:
                raise InvalidInput(f"{name} == {value}, must be at least {least}")
        load_world(self.world)


def play_year(
    plan: Plan, *, workers: int, folder: Path | None = None, on_progress: OnProgress = lambda *_: None
) -> Year:
    """Play a year.

    Args:
        plan: what is asked for.
        workers: processes at a time; each takes one core.
        folder: where results of jobs are kept, so that a killed year goes on; a temporary one where None.
        on_progress: told how far it is, about twice a second.

    Raises:
        InvalidInput: see ``Plan.check``.
    """
    plan.check()
    began = perf_counter()
    with _folder(plan, folder) as kept:
        jobs = _jobs(plan, kept)
        _play(jobs, workers, on_progress)
        return _gather(plan, jobs, perf_counter() - began)


@contextmanager
def _folder(plan: Plan, folder: Path | None) -> Iterator[Path]:
    """Lend the folder of a plan's results; another world, size or length has another folder."""
    if folder is None:
        with TemporaryDirectory(prefix="wealthloop-year-") as made:
            yield Path(made)
        return
    spec = load_world(plan.world)
    own = folder / f"{spec.name}-v{spec.version}-{spec.digest[:12]}-{plan.customers}x{plan.days}"
    own.mkdir(parents=True, exist_ok=True)
    yield own


def _jobs(plan: Plan, folder: Path) -> list[Job]:
    wanted = {_BASE, *plan.policies}
    groups = [tuple(name for name in group if name in wanted) for group in GROUPS]
    return [
        Job(
            world=plan.world, seed=seed, customers=plan.customers, measured=plan.days, policies=group, folder=folder,
        )
        for group in groups
        if group
        for seed in range(1, plan.seeds + 1)
    ]  # fmt: skip


def _play(jobs: Sequence[Job], workers: int, on_progress: OnProgress) -> None:
    """Run the jobs, each in a fresh process: a process works on one home in its life."""
    to_do = [job for job in jobs if job.missing]
    if not to_do:
        return
    context = get_context("spawn")
    counter = context.Value("q", 0)
    whole = sum(len(job.missing) for job in to_do) * len(to_do[0].calendar.days)
    with (
        _one_thread(),
        ProcessPoolExecutor(
            workers, mp_context=context, initializer=_share, initargs=(counter,), max_tasks_per_child=1
        ) as pool,
    ):
        waiting = {pool.submit(_work, job) for job in to_do}
        try:
            while waiting:
                done, waiting = wait(waiting, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)
                for one in done:
                    one.result()
                on_progress(counter.value, whole)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _share(counter: "Synchronized[int]") -> None:
    global _played  # noqa: PLW0603 - a process has one counter, handed to it at its start
    _played = counter


def _work(job: Job) -> None:
    counter, parent = _played, os.getppid()
    if counter is None:
        raise RuntimeError("a job runs in a process that was given the counter")

    def on_day() -> None:
        if os.getppid() != parent:
            sys.exit("the year was killed: its part ends with it")
        with counter.get_lock():
            counter.value += 1

    run_job(job, on_day)


@contextmanager
def _one_thread() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value


def _gather(plan: Plan, jobs: Sequence[Job], seconds: float) -> Year:
    sums: dict[int, dict[str, Sums]] = {seed: {} for seed in range(1, plan.seeds + 1)}
    extras: dict[int, dict[str, Any]] = {}
    for job in jobs:
        for policy in job.policies:
            sums[job.seed][policy], extra = read_result(job.result(policy))
            if policy == "loop":
                extras[job.seed] = extra
    seeds = [sums[seed] for seed in sorted(sums)]
    told = [extras[seed] for seed in sorted(extras)]
    long = plan.days > KEPT_DAYS
    found = {name: figures(name, seeds, days_kept=long) for name in EVERY if name in seeds[0]}
    if told:
        found["loop"] |= loop_figures([fates(extra) for extra in told], [seed["loop"] for seed in seeds])
    return _year(plan, found, told, seconds)


def _year(plan: Plan, found: dict[str, dict[str, Measured]], told: list[dict[str, Any]], seconds: float) -> Year:
    spec = load_world(plan.world)
    return Year(
        world=spec.name,
        world_version=spec.version,
        world_digest=spec.digest,
        code_version=__version__,
        customers=plan.customers,
        days=plan.days,
        burn_in=BURN_IN,
        seeds=tuple(range(1, plan.seeds + 1)),
        intervals_over="seeds" if plan.seeds > 1 else "customers",
        policies=found,
        months=months_of(told),
        seconds=round(seconds, 1),
    )
