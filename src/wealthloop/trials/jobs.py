"""The work of a year, cut into jobs that run in processes of their own: some policies in one world of one seed."""

import gc
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any, Final

import numpy as np
import yaml

from wealthloop.bank import CHANNELS
from wealthloop.kit import Home, stable_id
from wealthloop.sandbox import Floats, World, WorldSpec, load_world
from wealthloop.strategies.valuebook import ValueBook, parse_value_book
from wealthloop.trials.calendar import Calendar
from wealthloop.trials.evening import Evening
from wealthloop.trials.lawful import FUNDS, Shelf, shelf_of
from wealthloop.trials.learnable import Foreseen, Learnt, learn, lesson
from wealthloop.trials.measure import Tally
from wealthloop.trials.morning import Policy, room_of
from wealthloop.trials.optimal import Optimal, true_values
from wealthloop.trials.pcvl import Arbitration, Serve, all_at_once, one_by_one
from wealthloop.trials.plain import AtRandom, BusinessAsUsual, Nobody
from wealthloop.trials.run import play
from wealthloop.trials.watch import Watch

GROUPS: Final = (("loop",), ("learnable",), ("pcvl", "allocated"), ("oracle", "bau", "random", "none"))
"""Policies that share a process, the longest work first."""
_LOADS_EVERY: Final = {"pcvl": 7, "allocated": 7, "learnable": 1}
"""Policies that read tables, and how many days they load at a time: the peer scores its customers once a week."""
_SERVED: Final[Mapping[str, Serve]] = {"pcvl": one_by_one, "allocated": all_at_once}
"""The peer's scores, served in two ways."""
OTHER_DRAW: Final = 1_000_000
"""Added to a seed for the draw of the world from which ``learnable`` has learnt."""
_LESSONS: Final = (30, 20, 10, 0)
"""Days before the end of the other draw's past on which its truth is written down."""
_LEAST_TO_LEARN: Final = 10_000
"""Customers of the other draw at least: as much data as it wants."""

_GARBAGE: Final = 100_000
"""New objects after which a year of nights looks for cycles: it makes many rows and hardly any cycle."""

OnDay = Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Some policies in one world of one seed."""

    world: str
    """A shipped world's name or a file."""
    seed: int
    customers: int
    measured: int
    policies: tuple[str, ...]
    folder: Path
    """Where results are kept; a result that is there already is not made again."""

    @property
    def calendar(self) -> Calendar:
        """The days."""
        return Calendar(measured=self.measured)

    def result(self, policy: str) -> Path:
        """Return where a policy's result is kept."""
        return self.folder / f"seed-{self.seed}" / f"{policy}.npz"

    @property
    def evening(self) -> Evening:
        """Return where the platform's own year keeps what it stands on."""
        return Evening(folder=self.folder / f"seed-{self.seed}" / "loop.evening")

    @property
    def missing(self) -> tuple[str, ...]:
        """The policies without a result."""
        return tuple(policy for policy in self.policies if not self.result(policy).exists())


def run_job(job: Job, on_day: OnDay) -> None:
    """Play what is missing of a job and keep the results; a killed job goes on with the policy it was at.

    The platform's own year goes on from the newest month's end that was kept of it, every other from its beginning.
    """
    work = job.folder / f"seed-{job.seed}" / "-".join(job.policies)
    rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    spec = load_world(job.world)
    book = parse_value_book(year_book(spec).encode(), name="the year's value book")
    past = _Past(job, spec, work)
    for policy in job.missing:
        if policy == "loop":
            sums, extra = _loop(job, past, book, on_day)
        else:
            sums, extra = _in_arrays(policy, job, past, book, on_day), {}
        _keep(job.result(policy), sums, extra)
    job.evening.forget()
    rmtree(work)


def read_result(path: Path) -> tuple[dict[str, Floats], dict[str, Any]]:
    """Return the sums by customer of a kept result, and what else is known of it."""
    with np.load(path) as kept:
        extra: dict[str, Any] = json.loads(str(kept["extra"]))
        return {name: kept[name] for name in kept.files if name != "extra"}, extra


def year_book(spec: WorldSpec) -> str:
    """Return the value book of a year in a world as YAML: what contacts cost is the world's to say."""
    content = yaml.safe_load(files(__package__).joinpath("documents", "value_book.yaml").read_text("utf-8"))
    costs = {channel: spec.channels[channel].cost_yuan for channel in CHANNELS}
    return str(yaml.safe_dump({**content, "contact_cost_yuan": costs}, allow_unicode=True, sort_keys=False))


class _Past:
    """The past that the policies of a job share, played once, its tables loaded once where any policy reads them."""

    def __init__(self, job: Job, spec: WorldSpec, work: Path) -> None:
        self.work = work
        self.salt = stable_id("year", job.seed)
        self._job, self._spec = job, spec

    @cached_property
    def _world(self) -> World:
        """Play the past, when first it is asked for."""
        job, calendar = self._job, self._job.calendar
        world = World(seed=job.seed, customers=job.customers, salt=self.salt, spec=self._spec)
        tables = any(policy in (*_LOADS_EVERY, "loop") for policy in job.missing)
        watch = Watch(self._new_home("past")) if tables else None
        world.history(
            first=calendar.past_begins, last=calendar.past_ends, running=(),
            out=watch.files(calendar.past_ends) if watch else None,
        )  # fmt: skip
        if watch:
            watch.take(calendar.past_ends)
        return world

    def world(self) -> World:
        """Return a copy of the world as the past left it."""
        return self._world.fork()

    def home(self, name: str) -> Home:
        """Return a copy of the home as the past left it."""
        root = self.work / name
        _ = self._world
        copytree(self.work / "past", root)
        return Home.open(root)

    def _new_home(self, name: str) -> Home:
        return Home.create(self.work / name, kind="simulated", bank_name="海川银行 Haichuan Bank", salt=self.salt)


def _in_arrays(policy: str, job: Job, past: _Past, book: ValueBook, on_day: OnDay) -> dict[str, Floats]:
    world = past.world()
    shelf, room = shelf_of(world.spec), room_of(world, book)
    every = _LOADS_EVERY.get(policy)
    watch = Watch(past.home(policy), loaded=job.calendar.past_ends, every=every) if every else None
    decider = _policy(policy, job, world, shelf, book, watch, past)
    return play(decider, world, job.calendar, room, shelf, seed=job.seed, watch=watch, on_day=on_day)


def _policy(
    name: str, job: Job, world: World, shelf: Shelf, book: ValueBook, watch: Watch | None, past: _Past
) -> Policy:
    worth = _worth(book)
    if watch is not None and name in _SERVED:
        return Arbitration(watch.propensity, world.customer_ids, shelf, name=name, serve=_SERVED[name])
    if watch is not None and name == "learnable":
        return Optimal(name, Foreseen(_other_draw(job, past), watch, worth))
    made: dict[str, Callable[[], Policy]] = {
        "none": Nobody,
        "bau": lambda: BusinessAsUsual(world.size),
        "random": lambda: AtRandom(job.seed),
        "oracle": lambda: Optimal(name, true_values(world, worth)),
    }
    return made[name]()


def _worth(book: ValueBook) -> float:
    """Return what a yuan in a fund is worth; the year's book makes no difference between funds."""
    million = 100_000_000
    return book.value(FUNDS[0], million) / million


def _other_draw(job: Job, past: _Past) -> Learnt:
    """Learn from the truth of another draw of the world."""
    customers = max(job.customers, _LEAST_TO_LEARN)
    world = World(seed=job.seed + OTHER_DRAW, customers=customers, salt=past.salt, spec=load_world(job.world))
    shelf, calendar = shelf_of(world.spec), job.calendar
    watch = Watch(Home.create(past.work / "lessons", kind="simulated", bank_name="lessons", salt=past.salt))
    day = calendar.past_ends - timedelta(days=_LESSONS[0])
    world.history(first=calendar.past_begins, last=day, running=(), out=watch.files(day))
    watch.take(day)
    lessons = [lesson(world, watch, shelf)]
    for ago in range(_LESSONS[0] - 1, -1, -1):
        day = calendar.past_ends - timedelta(days=ago)
        world.begin(day)
        world.end(out=watch.files(day))
        watch.take(day)
        if ago in _LESSONS:
            lessons.append(lesson(world, watch, shelf))
    rmtree(watch.home.root)
    return learn(lessons)


def _loop(job: Job, past: _Past, book: ValueBook, on_day: OnDay) -> tuple[dict[str, Floats], dict[str, Any]]:
    """Play the platform's own year, from the newest evening that was kept of it; its rooms are loaded only here."""
    from wealthloop.state import open_state

    root, evening = past.work / "loop", job.evening
    home = Home.open(root) if evening.lay(root) else past.home("loop")
    open_state(home, create=True)
    from wealthloop.trials.platform import PlatformYear, prepare, spare_the_disk, twins_of
    from wealthloop.trials.sofar import SoFar

    spare_the_disk()
    gc.freeze()
    gc.set_threshold(_GARBAGE)
    so_far = evening.memory()
    if not isinstance(so_far, SoFar):
        world = past.world()
        room, shelf = room_of(world, book), shelf_of(world.spec)
        prepare(home, room, year_book(world.spec))
        tally = Tally(span=job.calendar.span, shelf=shelf, cost=room.cost, size=world.size)
        so_far = SoFar.at_first(world, tally, twins_of(world, job.calendar), as_of=job.calendar.past_ends)
    return PlatformYear(home, job.calendar, so_far).play(on_day, keep=lambda now: evening.keep(root, now))


def _keep(path: Path, sums: Mapping[str, Floats], extra: Mapping[str, Any]) -> None:
    """Write a result as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".half.npz")
    arrays: dict[str, Any] = {**sums, "extra": np.array(json.dumps(extra))}
    np.savez(half, **arrays)
    half.replace(path)
