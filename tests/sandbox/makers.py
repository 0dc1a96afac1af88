"""Worlds and actions that tests play with."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from wealthloop.bank.contract import CHANNELS
from wealthloop.sandbox import Actions, DayEvents, World, WorldSpec, load_world
from wealthloop.sandbox.draws import Ints

LAST = date(2026, 3, 2)
SALT = "a salt for tests"


def world_of(*, name: str = "default", customers: int = 1500, seed: int = 5, days: int = 12) -> World:
    return _begun(World(seed=seed, customers=customers, salt=SALT, spec=load_world(name)), days)


def world_from(folder: Path, differs: str, *, customers: int = 1500, days: int = 12, base: str = "default") -> World:
    """A world of the base but for some lines."""
    spec = spec_from(folder, differs, base=base)
    return _begun(World(seed=5, customers=customers, salt=SALT, spec=spec), days)


def spec_from(folder: Path, differs: str, *, base: str = "default") -> WorldSpec:
    file = folder / "world.toml"
    file.write_text(f'base = "{base}"\n{differs}', encoding="utf-8")
    return load_world(file)


def _begun(world: World, days: int) -> World:
    world.history(first=LAST - timedelta(days=days - 1), last=LAST, running=(), out=None)
    return world


def day(number: int) -> date:
    """The number-th day after the history, from 1."""
    return LAST + timedelta(days=number)


def actions(customers: Ints, channel: str, *, product: int = 16, rank: Sequence[float] | None = None) -> Actions:
    size = len(customers)
    return Actions(
        customer=customers,
        channel=np.full(size, CHANNELS.index(channel)),
        product=np.full(size, product),
        rank=np.arange(size, dtype=np.float64) if rank is None else np.array(rank),
        strategy=("s",) * size,
    )


def everything(world: World, number: int) -> Actions:
    """A day's mix of all channels, another one every day."""
    rng = np.random.default_rng(number)
    size = 600
    return Actions(
        customer=rng.integers(0, world.size, size),
        channel=rng.integers(0, len(CHANNELS), size),
        product=rng.integers(-1, len(world.product_ids), size),
        rank=rng.random(size),
        strategy=tuple(f"s{i % 3}" if i % 4 else None for i in range(size)),
    )


NOTHING = actions(np.zeros(0, dtype=np.int64), "rm")


def differences(left: DayEvents, right: DayEvents) -> list[str]:
    """Names of the arrays that are not bit-equal, contacts among them."""
    names = [field.name for field in fields(DayEvents) if field.name != "made"]
    found = [name for name in names if not np.array_equal(getattr(left, name), getattr(right, name))]
    made = [f"made.{field.name}" for field in fields(left.made)]
    return found + [
        name for name in made if not np.array_equal(getattr(left.made, name[5:]), getattr(right.made, name[5:]))
    ]
