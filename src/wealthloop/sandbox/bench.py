"""How fast a world turns and how much memory it takes, each measured in a process of its own."""

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeAlias

from wealthloop.kit import peak_mib
from wealthloop.sandbox.world import World

SPEED_CUSTOMERS: Final = 100_000
TIMES: Final = 10
"""How many times as many customers the memory is measured with."""
_SALT: Final = "a salt that nobody needs to keep"
_FIRST: Final = date(2026, 1, 5)

Measured: TypeAlias = dict[str, float | int]


def bench(*, customers: int, days: int) -> Measured:
    """Measure a world.

    Args:
        customers: for the speed; memory is measured with ten times as many.
        days: days played for the speed.

    Returns:
        ``seconds_a_day`` and ``cpu_seconds_a_day`` with tables written, ``unwritten_seconds_a_day`` without, and the
        ``peak_mib`` of opening a world of ``memory_customers``, writing its tables and playing a day.
    """
    speed = _apart(speed_of, customers, days)
    memory = _apart(memory_of, customers * TIMES, 1)
    return {"customers": customers, "days": days, **speed, "memory_customers": customers * TIMES, **memory}


def speed_of(customers: int, days: int) -> Measured:
    """Return seconds a day, with and without tables."""
    with TemporaryDirectory() as folder:
        world = World(seed=1, customers=customers, salt=_SALT)
        world.history(first=_FIRST, last=_FIRST, running=(), out=None)
        wall, cpu = time.perf_counter(), time.process_time()
        for day in range(1, days + 1):
            world.advance(_FIRST + timedelta(days=day), out=Path(folder) / str(day))
        written, cpu = time.perf_counter() - wall, time.process_time() - cpu
        wall = time.perf_counter()
        for day in range(days + 1, 2 * days + 1):
            world.advance(_FIRST + timedelta(days=day), out=None)
        unwritten = time.perf_counter() - wall
    return {
        "seconds_a_day": round(written / days, 3),
        "cpu_seconds_a_day": round(cpu / days, 3),
        "unwritten_seconds_a_day": round(unwritten / days, 3),
    }


def memory_of(customers: int, days: int) -> Measured:
    """Return the most memory that this process held while a world was opened and played, in MiB."""
    with TemporaryDirectory() as folder:
        world = World(seed=1, customers=customers, salt=_SALT)
        world.history(first=_FIRST, last=_FIRST, running=(), out=Path(folder) / "0")
        for day in range(1, days + 1):
            world.advance(_FIRST + timedelta(days=day), out=Path(folder) / str(day))
    return {"peak_mib": round(peak_mib())}


def _apart(measure: Callable[[int, int], Measured], customers: int, days: int) -> Measured:
    """Measure in a fresh process, so that nothing that this one holds is counted."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, customers, days).result()
