"""What it is worth to listen to the codes of people at desks: the platform's nights with and without them.

Both nights run on copies of one world that share every random number; the same simulated people say the same things of
a card. Deaf, the platform gets their words alone: no rule knows of anger or of a purchase made already, and the order
of cards does not move. The difference is paired customer by customer.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from wealthloop.errors import InvalidInput
from wealthloop.kit import Home, opening, stable_id
from wealthloop.sandbox import Floats, World, load_world
from wealthloop.strategies.valuebook import parse_value_book
from wealthloop.trials.calendar import Calendar, number_of
from wealthloop.trials.figures import total
from wealthloop.trials.jobs import year_book
from wealthloop.trials.lawful import shelf_of
from wealthloop.trials.measure import Tally
from wealthloop.trials.morning import room_of
from wealthloop.trials.watch import Watch

FIGURES: Final = ("sales", "contacts", "opt_outs", "complaints", "cost")
"""What is compared, sums over the measured days; money in yuan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackPlan:
    """Draws of a world."""

    world: str
    customers: int
    days: int
    """Measured days, behind a burn-in of 30."""
    seeds: int

    def check(self) -> None:
        """Check the numbers.

        Raises:
            InvalidInput: too few customers, days or draws.
        """
        for name, value, least in (
            ("customers", self.customers, 500),
            ("days", self.days, 10),
            ("seeds", self.seeds, 1),
        ):
            if value < least:
                raise InvalidInput(f"{name} == {value}, must be at least {least}")
        load_world(self.world)


def measure_feedback(plan: FeedbackPlan, *, on_seed: Callable[[int], None] = lambda _: None) -> dict[str, Any]:
    """Play draws of a world with and without codes, one process after the other, and compare.

    Returns:
        Totals of each way a draw, and the difference with its 95 % interval: of several draws customers are pooled,
        so that it speaks of these draws; how codes were given, and what they changed.
    """
    plan.check()
    draws: list[tuple[_Played, _Played]] = []
    for seed in range(1, plan.seeds + 1):
        draws.append((_apart(plan, seed, hears=False), _apart(plan, seed, hears=True)))
        on_seed(seed)
    spec = load_world(plan.world)
    return {
        "world": spec.name, "version": spec.version, "customers": plan.customers, "days": plan.days,
        "code_share": spec.desk.code_share, "code_noise": spec.desk.code_noise,
        "difference": {name: _difference(name, draws) for name in FIGURES},
        "draws": [
            {
                "seed": seed,
                "without": {name: float(deaf.sums[name].sum()) for name in FIGURES},
                "with": {name: float(hearing.sums[name].sum()) for name in FIGURES},
                "said": hearing.said, "forbidden": hearing.forbidden, "moved": hearing.moved,
            }
            for seed, (deaf, hearing) in enumerate(draws, start=1)
        ],
    }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Played:
    """What one way brought."""

    sums: Mapping[str, Floats]
    said: Mapping[str, int]
    """Codes that count, by code."""
    forbidden: int
    """Customers who at the end are under a rule of feedback."""
    moved: int
    """Decisions whose uplift codes had changed."""


def _difference(name: str, draws: Sequence[tuple[_Played, _Played]]) -> dict[str, Any]:
    """Return hearing less deaf, the mean total of a draw with its interval over customers."""
    paired = np.concatenate([hearing.sums[name] - deaf.sums[name] for deaf, hearing in draws])
    found = total([paired])
    many, interval = len(draws), found.interval or (float("nan"), float("nan"))
    return {"mean": (found.mean or 0.0) / many, "interval": [interval[0] / many, interval[1] / many]}


def _apart(plan: FeedbackPlan, seed: int, *, hears: bool) -> _Played:
    """Play in a process of its own: a process has one state plane."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(play, plan, seed, hears=hears).result()


def play(plan: FeedbackPlan, seed: int, *, hears: bool) -> _Played:
    """Play one draw of a world one way, in a fresh process."""
    with TemporaryDirectory(prefix="wealthloop-") as folder:
        return _play(plan, seed, Path(folder), hears=hears)


def _play(plan: FeedbackPlan, seed: int, folder: Path, *, hears: bool) -> _Played:
    from wealthloop.state import open_state

    spec, salt, calendar = load_world(plan.world), stable_id("feedback", seed), Calendar(measured=plan.days)
    world = World(seed=seed, customers=plan.customers, salt=salt, spec=spec)
    home = Home.create(folder / "home", kind="simulated", bank_name="海川银行 Haichuan Bank", salt=salt)
    watch = Watch(home)
    world.history(first=calendar.past_begins, last=calendar.past_ends, running=(), out=watch.files(calendar.past_ends))
    watch.take(calendar.past_ends)
    open_state(home, create=True)
    from wealthloop.trials.bridge import Bridge
    from wealthloop.trials.platform import first_document, prepare, spare_the_disk
    from wealthloop.trials.review import launch
    from wealthloop.trials.watch import forget_snapshots

    spare_the_disk()
    book = year_book(spec)
    room, shelf = room_of(world, parse_value_book(book.encode(), name="the year's value book")), shelf_of(spec)
    prepare(home, room, book)
    launch(first_document(), opening(calendar.past_ends, home.zone), calendar.past_ends)
    tally = Tally(span=calendar.span, shelf=shelf, cost=room.cost, size=world.size)
    bridge = Bridge(home, world, as_of=calendar.past_ends, hears=hears)
    for day in calendar.days:
        bridge.night(models="used")
        tally.see(world, number_of(day), bridge.live_a_day(keep_files=False))
        forget_snapshots(home, before=bridge.as_of - timedelta(days=1))
    return _told(home, tally.result(world))


def _told(home: Home, sums: Mapping[str, Floats]) -> _Played:
    from django.db.models import Count

    from wealthloop import ledger
    from wealthloop.delivery.models import CardEvent

    counted = CardEvent.objects.filter(held="").exclude(code="").values_list("code").annotate(n=Count("pk"))
    left_alone = CardEvent.objects.filter(held="", code__in=("customer_angry", "already_here"))
    heard = ledger.read(home)["heard"].to_pylist()
    return _Played(
        sums={name: sums[name] for name in FIGURES},
        said=dict(counted.order_by("code")),
        forbidden=left_alone.values("card__customer_id").distinct().count(),
        moved=sum(multiple not in (None, 1.0) for multiple in heard),
    )


def lines(found: Mapping[str, Any]) -> list[str]:
    """Return the figures as people read them."""
    head = f"{found['world']} v{found['version']}: {found['customers']:,} customers, {found['days']} days"
    return [
        f"{head}, {len(found['draws'])} draws; listening to codes changes, a draw:",
        *(
            f"{name}: {one['mean']:+,.1f} ({one['interval'][0]:,.1f} to {one['interval'][1]:,.1f})"
            for name, one in found["difference"].items()
        ),
    ]
